import type { Cancel, Clock, Signaller } from '../ports.ts'
import { type Identity, sameProcess } from '../process/identity.ts'
import type { ProcReader } from '../process/proc-reader.ts'
import type { ProcessSample } from '../process/sample.ts'
import { hasEnded } from '../process/stat-line.ts'
import type { Receipt, SignalRecord } from '../receipt.ts'
import type { OrphanTerms } from '../settings.ts'
import { runLadder } from '../stop/ladder.ts'
import { KILL_LIMIT_MS, type StopPlan } from '../stop/plan.ts'
import { addSignal, closeReceipt, openReceipt } from '../stop/receipt.ts'
import { refusalOfTarget, refusalOfUser } from './authority.ts'
import { readFacts, type SelfFacts } from './facts.ts'
import { createOrphanTree, type Scan } from './tree.ts'

/** How orphans are ended that were registered without terms: the wire protocol cannot say any. */
export interface OrphanPolicy extends OrphanTerms {
  /** `observe`: tell what would be done, signal nothing (dry run). */
  readonly mode: 'act' | 'observe'
}

export interface ActPorts {
  readonly clock: Clock
  readonly signaller: Signaller
  readonly reader: ProcReader
  readonly self: SelfFacts
  readonly inspect: (pid: number) => ProcessSample | undefined
  readonly scan: Scan
  /** Members of the tree that this process leads, where the supervisor started it. */
  readonly managed: (child: Identity) => Promise<readonly Identity[]>
}

export interface ActRequest {
  readonly id: number
  readonly child: ProcessSample
  readonly parent: Identity
  /** Why, in words. */
  readonly detail: string
  /** Under whose authority, now; more may join while the ladder runs. */
  readonly uids: () => readonly number[]
  readonly terms: OrphanTerms
  readonly mode: OrphanPolicy['mode']
  /** Whether the child's number is still the child's. */
  readonly holds: () => boolean
  /** Calls at the death of the child, where it is told. */
  readonly onDeath: (listener: () => void) => Cancel
  /** Calls when there is no time for the rest of the grace. */
  readonly onHurry: (listener: () => void) => Cancel
  readonly onOpened: (receipt: Receipt) => void
  /** It would not die in time; called once, with what holds then. */
  readonly onStuck: (receipt: Receipt) => void
}

export interface Acted {
  readonly receipt: Receipt
  /** Alive, because who registered the child may not have them signalled. */
  readonly refused: readonly ProcessSample[]
}

const MODES = { act: 'stopped', observe: 'would-stop' } as const

/** SIGKILL needs nothing after it; a stopped process sees the others only after SIGCONT. */
const planOf = ({ signal, graceMs, scope }: OrphanTerms, nothingToSignal: boolean): StopPlan => ({
  scope: scope === 'tree' ? 'tree' : 'process',
  warn: undefined,
  terminate: signal === 'SIGKILL' || nothingToSignal ? undefined : { signal, graceMs },
  wake: true,
  killLimitMs: KILL_LIMIT_MS
})

/** Ends one orphan by the ladder, each process of it only after a look at whose it is now; reaper: ladder, authority. */
export async function endOrphan(request: ActRequest, ports: ActPorts): Promise<Acted> {
  const { id, child, parent, detail, terms, mode } = request
  const { clock, signaller, reader, self } = ports
  const members = terms.scope === 'tree' ? createOrphanTree(child, ports) : async () => alive(child, ports)
  const startedAt = clock.now()
  const wallAt = clock.wall()
  const reason = { kind: 'orphan', parent, uids: request.uids(), terms, detail } as const
  let receipt: Receipt | undefined

  const may = (target: ProcessSample): boolean => {
    const facts = readFacts(reader, target.pid)
    if (sameProcess(target, child) && !request.holds()) return false
    if (facts === undefined || !sameProcess(facts, target) || refusalOfTarget(facts, self) !== undefined) return false
    return request.uids().some((uid) => refusalOfUser(uid, facts, self) === undefined)
  }

  const open = (tree: readonly ProcessSample[]): Receipt => {
    const opened = openReceipt({
      id,
      node: 'orphan',
      incarnation: 0,
      leader: child,
      mode: MODES[mode],
      reason,
      window: [],
      tree,
      at: wallAt
    })
    request.onOpened(opened)
    return opened
  }

  const close = (from: Receipt, survivors: readonly ProcessSample[]): Receipt =>
    closeReceipt(from, { exit: undefined, survivors, at: clock.wall(), durationMs: clock.now() - startedAt })

  if (mode === 'observe') {
    const tree = await members()
    const [own, others] = [tree.filter(may), tree.filter((member) => !may(member))]
    const time = new Date(wallAt).toISOString()
    const signals = own.map(
      ({ pid, execId }): SignalRecord => ({
        time,
        signal: terms.signal,
        target: pid === child.pid ? 'leader' : 'member',
        pid,
        execId,
        outcome: 'would-send',
        detail: undefined
      })
    )
    return { receipt: close(signals.reduce(addSignal, open(tree)), []), refused: others }
  }

  const careful: Signaller = {
    ...signaller,
    // the ladder asked before the signal, but not before the SIGCONT that follows
    signal: (target, signal) => (signal === 'SIGCONT' && !may(target as ProcessSample) ? 'denied' : signaller.signal(target, signal)),
    // others may have joined the group since it was looked at
    signalGroup: () => undefined
  }

  const ladder = runLadder(planOf(terms, terms.scope === 'child' && !may(child)), child, {
    clock,
    signaller: careful,
    members: async () => {
      const now = await members()
      receipt ??= open(now)
      return now
    },
    onDeath: request.onDeath,
    record(signal) {
      receipt ??= open([])
      receipt = addSignal(receipt, signal)
    },
    onStuck: (survivors) => request.onStuck(close(receipt ?? open([]), survivors)),
    authority: may
  })
  const calm = request.onHurry(() => ladder.escalate())
  const end = await ladder.done
  calm()
  // what ended just then could not be signalled either
  const refused = end.refused.filter((left) => isAlive(left, reader))
  return { receipt: close(receipt ?? open([]), refused), refused }
}

function isAlive(process: Identity, reader: ProcReader): boolean {
  const stat = reader.stat(process.pid)
  return stat !== undefined && sameProcess({ pid: process.pid, startTime: stat.startTime }, process) && !hasEnded(stat)
}

function alive(child: ProcessSample, { inspect }: ActPorts): readonly ProcessSample[] {
  const now = inspect(child.pid)
  if (now === undefined || !sameProcess(now, child)) return []
  return hasEnded(now) ? [] : [now]
}
