import type { CommandResult, OrphanCommand } from '../commands.ts'
import type { Failure } from '../errors.ts'
import type { Emit } from '../events.ts'
import type { DescriptorBudget } from '../linux/descriptors.ts'
import { createReadinessWatch } from '../linux/epoll.ts'
import type { Redact } from '../output/redact.ts'
import type { Clock, Signaller } from '../ports.ts'
import { createBrief } from '../process/find-processes.ts'
import type { Identity } from '../process/identity.ts'
import { bootId, createProcReader, pidNamespace } from '../process/proc-reader.ts'
import type { ProcessSample } from '../process/sample.ts'
import type { Answers, PairPreview, Query } from '../queries.ts'
import type { OrphanPolicy } from './act.ts'
import { createActing } from './acting.ts'
import { createIdentifyAsker } from './asker.ts'
import { createBook } from './book.ts'
import { createDeaths, type Deaths } from './deaths.ts'
import { createDesk } from './desk.ts'
import type { EarlySocket } from './early.ts'
import { readSelf } from './facts.ts'
import { type Journal, openJournal } from './journal.ts'
import { listPairs } from './list.ts'
import { createMeet } from './meet.ts'
import { createOrders } from './orders.ts'
import { previewPair } from './preview.ts'
import { createRegistering } from './registering.ts'
import { createRegistry, type RegistryBounds } from './registry.ts'
import { restorePairs } from './restore.ts'
import { serve } from './serve.ts'
import { createShowing } from './showing.ts'
import { createShownCommands } from './shown-commands.ts'
import { createTeller, type Verbosity } from './teller.ts'
import { createScan } from './tree.ts'
import { createWindow } from './window.ts'

export interface ReaperOptions {
  readonly clock: Clock
  readonly signaller: Signaller
  /** Its command lines are redacted. */
  readonly inspect: (pid: number) => ProcessSample | undefined
  readonly redact: Redact
  readonly emit: Emit
  readonly nextReceiptId: () => number
  readonly budget: DescriptorBudget
  /** Members of the tree that this process leads, where the supervisor started it. */
  readonly managed: (child: Identity) => Promise<readonly Identity[]>
  /** Of the wire protocol; undefined: pairs are registered by commands alone. */
  readonly listening: EarlySocket | undefined
  /** As it was asked for, for people. */
  readonly address: string | undefined
  /** undefined: nothing survives a kill of the supervisor. */
  readonly journalPath: string | undefined
  readonly policy: OrphanPolicy
  /** Between two sweeps of what has no pidfd, ms. */
  readonly intervalMs: number
  readonly compareStartTimes: boolean
  readonly verbosity: Verbosity
  /** A word of its own in the guardian's command line. */
  readonly guardianMark: string
  /** `none`: as on a system without pidfds. */
  readonly pidfds?: 'auto' | 'none'
  readonly bounds?: RegistryBounds
}

type Changeable = Pick<ReaperOptions, 'policy' | 'verbosity' | 'intervalMs' | 'compareStartTimes'>

/** Ends registered children when their parents die. */
export interface Reaper {
  /** Takes up what an earlier run left, and serves clients from now on. */
  start(): void
  execute(command: OrphanCommand): CommandResult
  /** The registered pairs. */
  list(query: Extract<Query, { type: 'orphans' }>): Answers['orphans']
  preview(query: Extract<Query, { type: 'preview-pair' }>): PairPreview
  /** From now on; pairs keep their terms. */
  reconfigure(settings: Changeable): void
  /** No more clients; acts on parents that died by now, and waits for the ladders. What is left stays in the journal. */
  close(): Promise<void>
  /** SIGKILL at once for what `close` waits for. */
  hurry(): void
}

/** Wires the parts of the orphan reaper; nothing happens before `start`. */
export function createReaper(options: ReaperOptions): Reaper {
  const { clock, signaller, inspect, emit, budget, listening } = options
  const reader = createProcReader()
  const self = readSelf(reader, options.guardianMark)
  const registry = createRegistry(options.bounds)
  const readiness = options.pidfds === 'none' ? undefined : createReadinessWatch(throwLater)
  let now: Changeable = options
  let journal: Journal | undefined

  const deaths: Deaths = createDeaths({
    clock,
    reader,
    budget,
    readiness: readiness?.ok === true ? readiness.value : undefined,
    intervalMs: () => now.intervalMs,
    compareStartTimes: () => now.compareStartTimes,
    onDeath(process) {
      acting.parentEnded(process)
      acting.childEnded(process)
      book.confirm()
    }
  })
  const brief = createBrief(reader, options.redact)
  const commandOf = createShownCommands({ clock, reader, redact: options.redact, holds: deaths.holds })
  const teller = createTeller({ clock, emit, inspect, verbosity: () => now.verbosity, onUntold: () => showing.count() })
  const showing = createShowing({
    clock,
    emit,
    registry,
    window: createWindow(registry),
    deaths: () => deaths,
    isTold: () => now.verbosity >= 3,
    refused: () => teller.refusals,
    commandOf,
    receiptOf: (child) => acting.receiptOf(child)
  })
  const book = createBook({ registry, deaths: () => deaths, journal: () => journal, showing })
  const ports = { clock, signaller, reader, self, inspect, scan: createScan(reader), managed: options.managed }
  const { nextReceiptId } = options
  const acting = createActing({ registry, book, deaths: () => deaths, mode: () => now.policy.mode, ports, emit, nextReceiptId })
  const meet = createMeet(reader, deaths)
  const terms = () => termsOf(now.policy)
  const registering = createRegistering({ clock, registry, book, deaths, acting, meet, self, teller, terms })
  const desk = createDesk(registering, teller)
  const execute = createOrders({ registry, registering, acting, self, teller, terms, confirm: book.confirm })
  let stopServing = (): void => undefined

  const report = (failure: Failure): void =>
    emit({ type: 'problem', failure, next: 'What is registered now is forgotten if tsupervise is killed.' })

  const openOwnJournal = (path: string): Journal | undefined => {
    const pairs = () => registry.all()
    const { wall } = clock
    const opened = openJournal({ path, boot: bootId(), pidNamespace: pidNamespace(), pairs, terms: terms(), wall, onProblem: report })
    if (opened.ok) return opened.value
    report(opened.error)
    return undefined
  }

  /** The journal is joined once it is known what of it counts. */
  const restore = (): number => {
    const opened = options.journalPath === undefined ? undefined : openOwnJournal(options.journalPath)
    if (opened?.damage !== undefined) report({ code: 'damaged', message: opened.damage })
    const { dropped, deadParents } = restorePairs(opened?.left ?? [], { book, meet, self, teller })
    journal = opened
    for (const pair of dropped) journal?.removed(pair)
    const count = registry.size
    for (const parent of deadParents) acting.parentEnded(parent)
    book.confirm()
    return count
  }

  return {
    start() {
      const restored = restore()
      if (listening === undefined && restored === 0) return
      stopServing = listening === undefined ? stopServing : serveOn(listening)
      emit({ type: 'orphan-socket-opened', socket: options.address, mode: listening?.mode?.toString(8).padStart(4, '0'), restored })
    },
    execute,
    list: ({ from, most }) => listPairs(from, most, registry, showing),
    preview: (query) => previewPair(query, { reader, self, registry, terms, brief }),
    reconfigure(settings) {
      now = settings
    },
    async close() {
      stopServing()
      await listening?.close()
      for (const pair of [...registry.all()]) if (deaths.hasEnded(pair.parent)) acting.parentEnded(pair.parent)
      await acting.settled()
      showing.close()
      book.confirm()
      journal?.close()
      deaths.close()
      if (readiness?.ok === true) readiness.value.close()
    },
    hurry: () => acting.hurry()
  }

  function serveOn({ accept }: EarlySocket): () => void {
    const identify = createIdentifyAsker(reader, self.overflowUid)
    return serve({ accept, clock, budget, identify, handle: desk.handle, confirm: book.confirm, onTurnedAway: teller.turnedAway })
  }
}

const termsOf = ({ signal, graceMs, scope }: OrphanPolicy) => ({ signal, graceMs, scope })

/** What a callback of the poll adapter throws is a bug: let it end the process as any other. */
function throwLater(error: unknown): void {
  setImmediate(() => {
    throw error
  })
}
