import type { Failure } from '../errors.ts'
import type { Emit } from '../events.ts'
import type { DescriptorBudget } from '../linux/descriptors.ts'
import { createReadinessWatch } from '../linux/epoll.ts'
import type { Clock, Signaller } from '../ports.ts'
import { bootId, createProcReader, pidNamespace } from '../process/proc-reader.ts'
import type { ProcessSample } from '../process/sample.ts'
import type { OrphanPolicy } from './act.ts'
import { createActing } from './acting.ts'
import { createIdentifyAsker } from './asker.ts'
import { createBook } from './book.ts'
import { createDeaths, type Deaths } from './deaths.ts'
import { createDesk } from './desk.ts'
import { readSelf } from './facts.ts'
import { type Journal, openJournal } from './journal.ts'
import { createMeet } from './meet.ts'
import { createRegistry, type RegistryBounds } from './registry.ts'
import { restorePairs } from './restore.ts'
import { serve } from './serve.ts'
import type { ListeningSocket } from './socket.ts'
import { createTeller, type Verbosity } from './teller.ts'
import { createScan } from './tree.ts'

export interface ReaperOptions {
  readonly clock: Clock
  readonly signaller: Signaller
  readonly inspect: (pid: number) => ProcessSample | undefined
  readonly emit: Emit
  readonly budget: DescriptorBudget
  readonly listening: ListeningSocket
  /** As it was asked for, for people. */
  readonly address: string
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

/** Ends registered children when their parents die. */
export interface Reaper {
  /** Takes up what an earlier run left, and serves clients from now on. */
  start(): void
  /** No more clients; acts on parents that died by now, and waits for the ladders. What is left stays in the journal. */
  close(): Promise<void>
}

/** Wires the parts of the orphan reaper; nothing happens before `start`. */
export function createReaper(options: ReaperOptions): Reaper {
  const { clock, signaller, inspect, emit, budget, listening, policy } = options
  const reader = createProcReader()
  const self = readSelf(reader, options.guardianMark)
  const registry = createRegistry(options.bounds)
  const readiness = options.pidfds === 'none' ? undefined : createReadinessWatch(throwLater)
  let journal: Journal | undefined

  const deaths: Deaths = createDeaths({
    clock,
    reader,
    budget,
    readiness: readiness?.ok === true ? readiness.value : undefined,
    intervalMs: options.intervalMs,
    compareStartTimes: options.compareStartTimes,
    onDeath(process) {
      acting.parentEnded(process)
      acting.childEnded(process)
      book.confirm()
    }
  })
  const book = createBook(
    registry,
    () => deaths,
    () => journal
  )
  const teller = createTeller({ clock, emit, inspect, verbosity: options.verbosity })
  const ports = { clock, signaller, reader, self, inspect, scan: createScan(reader) }
  const acting = createActing({ registry, book, deaths: () => deaths, policy, ports, emit, onReleased: teller.ended })
  const meet = createMeet(reader, deaths)
  const desk = createDesk({ registry, book, deaths, acting, meet, self, teller })
  let stopServing = (): void => undefined

  const report = (failure: Failure): void =>
    emit({ type: 'problem', failure, next: 'What is registered now is forgotten if tsupervise is killed.' })

  const openOwnJournal = (path: string): Journal | undefined => {
    const opened = openJournal({ path, boot: bootId(), pidNamespace: pidNamespace(), pairs: () => registry.all(), onProblem: report })
    if (opened.ok) return opened.value
    report(opened.error)
    return undefined
  }

  /** The journal is joined once it is known what of it counts. */
  const restore = (): number => {
    const opened = options.journalPath === undefined ? undefined : openOwnJournal(options.journalPath)
    if (opened?.damage !== undefined) report({ code: 'damaged', message: opened.damage })
    const { dropped, deadParents } = restorePairs(opened?.left ?? [], { registry, deaths, meet, self, teller })
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
      stopServing = serve({
        server: listening.server,
        clock,
        budget,
        identify: createIdentifyAsker(reader, self.overflowUid),
        handle: desk.handle,
        confirm: book.confirm,
        onTurnedAway: teller.turnedAway
      })
      emit({ type: 'orphan-socket-opened', socket: options.address, mode: listening.mode?.toString(8).padStart(4, '0'), restored })
    },
    async close() {
      stopServing()
      await listening.close()
      for (const pair of [...registry.all()]) if (deaths.hasEnded(pair.parent)) acting.parentEnded(pair.parent)
      await acting.idle()
      book.confirm()
      journal?.close()
      deaths.close()
      if (readiness?.ok === true) readiness.value.close()
    }
  }
}

/** What a callback of the poll adapter throws is a bug: let it end the process as any other. */
function throwLater(error: unknown): void {
  setImmediate(() => {
    throw error
  })
}
