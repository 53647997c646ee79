import type { Cancel, Clock, Signaller } from '../ports.ts'
import { type Identity, sameProcess } from '../process/identity.ts'
import type { ProcReader } from '../process/proc-reader.ts'
import type { ProcessSample } from '../process/sample.ts'
import { hasEnded } from '../process/stat-line.ts'
import type { Receipt, SignalRecord } from '../receipt.ts'
import type { SignalName } from '../settings.ts'
import { runLadder } from '../stop/ladder.ts'
import { KILL_LIMIT_MS, type StopPlan } from '../stop/plan.ts'
import { addSignal, closeReceipt, openReceipt } from '../stop/receipt.ts'
import { refusalOfTarget, refusalOfUser } from './authority.ts'
import { readFacts, type SelfFacts } from './facts.ts'
import { createOrphanTree, type Scan } from './tree.ts'

/** How orphans are ended; the wire protocol cannot say it. */
export interface OrphanPolicy {
  readonly signal: SignalName
  readonly graceMs: number
  readonly scope: 'child' | 'tree'
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
}

export interface ActRequest {
  readonly id: number
  readonly child: ProcessSample
  readonly parent: Identity
  /** Under whose authority, now; more may join while the ladder runs. */
  readonly uids: () => readonly number[]
  readonly policy: OrphanPolicy
  /** Whether the child's number is still the child's. */
  readonly holds: () => boolean
  /** Calls at the death of the child, where it is told. */
  readonly onDeath: (listener: () => void) => Cancel
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
const planOf = ({ signal, graceMs, scope }: OrphanPolicy, nothingToSignal: boolean): StopPlan => ({
  scope: scope === 'tree' ? 'tree' : 'process',
  warn: undefined,
  terminate: signal === 'SIGKILL' || nothingToSignal ? undefined : { signal, graceMs },
  wake: true,
  killLimitMs: KILL_LIMIT_MS
})

/** Ends one orphan by the ladder, each process of it only after a look at whose it is now; reaper: ladder, authority. */
export async function endOrphan(request: ActRequest, ports: ActPorts): Promise<Acted> {
  const { id, child, parent, policy } = request
  const { clock, signaller, reader, self } = ports
  const members = policy.scope === 'tree' ? createOrphanTree(child, ports) : async () => alive(child, ports)
  const startedAt = clock.now()
  const wallAt = clock.wall()
  const uids = request.uids()
  const reason = { kind: 'orphan', parent, uids, detail: `its parent ${parent.pid} is dead, for uid ${uids.join(', ')}` } as const
  let receipt: Receipt | undefined

  const may = (target: ProcessSample): boolean => {
    const facts = readFacts(reader, target.pid)
    if (sameProcess(target, child) && !request.holds()) return false
    if (facts === undefined || !sameProcess(facts, target) || refusalOfTarget(facts, self) !== undefined) return false
    return request.uids().some((uid) => refusalOfUser(uid, facts, self) === undefined)
  }

  const open = (tree: readonly ProcessSample[]): Receipt =>
    openReceipt({ id, node: 'orphan', incarnation: 0, leader: child, mode: MODES[policy.mode], reason, window: [], tree, at: wallAt })

  const close = (from: Receipt, survivors: readonly ProcessSample[]): Receipt =>
    closeReceipt(from, { exit: undefined, survivors, at: clock.wall(), durationMs: clock.now() - startedAt })

  if (policy.mode === 'observe') {
    const tree = await members()
    const [own, others] = [tree.filter(may), tree.filter((member) => !may(member))]
    const time = new Date(wallAt).toISOString()
    const signals = own.map(
      ({ pid, execId }): SignalRecord => ({
        time,
        signal: policy.signal,
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

  const ladder = runLadder(planOf(policy, policy.scope === 'child' && !may(child)), child, {
    clock,
    signaller: careful,
    members: async () => {
      const now = await members()
      receipt ??= open(now)
      return now
    },
    onDeath: request.onDeath,
    record(signal) {
      receipt = addSignal(receipt ?? open([]), signal)
    },
    onStuck: (survivors) => request.onStuck(close(receipt ?? open([]), survivors)),
    authority: may
  })
  const end = await ladder.done
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
