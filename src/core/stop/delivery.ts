import { type Identity, identityKey, sameProcess } from '../process/identity.ts'
import type { ProcessSample } from '../process/sample.ts'
import type { SignalOutcome, SignalRecord } from '../receipt.ts'
import type { SignalName } from '../settings.ts'
import type { LadderPorts } from './ladder.ts'
import type { StopPlan } from './plan.ts'

type Ports = Pick<LadderPorts, 'clock' | 'signaller' | 'record' | 'killCgroup'> & { readonly authority: (target: ProcessSample) => boolean }

/** Sends the signals of one ladder and accounts for each of them. */
export interface Delivery {
  warn(members: readonly ProcessSample[]): void
  /** To the group through its leader, and to each member outside it. */
  terminate(members: readonly ProcessSample[], signal: SignalName): void
  /** SIGKILL; in the first round to the whole group, then to every member that is still there. */
  kill(members: readonly ProcessSample[], round: number): void
}

/** A fork bomb is not to fill the receipt: later kills of members are not written down one by one. */
const MOST_KILL_RECORDS = 256

export function createDelivery(plan: StopPlan, leader: Identity & { readonly execId?: string }, ports: Ports): Delivery {
  const { clock, signaller, authority } = ports
  const killed = new Set<string>()

  const record = (
    signal: SignalName,
    whom: Pick<SignalRecord, 'target' | 'pid' | 'execId'>,
    outcome: SignalRecord['outcome'],
    detail?: string
  ): void => ports.record({ time: new Date(clock.wall()).toISOString(), signal, ...whom, outcome, detail: detail ?? detailOf(outcome) })

  const theLeader = (target: 'leader' | 'group') => ({ target, pid: leader.pid, execId: leader.execId })

  const whom = (member: ProcessSample) =>
    sameProcess(member, leader) ? theLeader('leader') : { target: 'member' as const, pid: member.pid, execId: member.execId }

  const wakes = (signal: SignalName): boolean => plan.wake && signal !== 'SIGKILL' && signal !== 'SIGCONT' && signal !== 'SIGSTOP'

  const toOne = (member: ProcessSample, signal: SignalName): SignalOutcome => {
    if (!authority(member)) {
      record(signal, whom(member), 'denied', 'not the business of who asked for it')
      return 'denied'
    }
    const outcome = signaller.signal(member, signal)
    record(signal, whom(member), outcome)
    if (outcome === 'sent' && wakes(signal)) record('SIGCONT', whom(member), signaller.signal(member, 'SIGCONT'))
    return outcome
  }

  /** False: not possible here, or not all of the group may be signalled; then each member gets its own. */
  const toGroup = (group: readonly ProcessSample[], signal: SignalName): boolean => {
    if (plan.scope === 'process' || group.length === 0 || !group.every(authority)) return false
    const outcome = signaller.signalGroup(leader, signal)
    if (outcome === undefined || outcome === 'denied') return false
    record(signal, theLeader('group'), outcome)
    if (outcome === 'sent' && wakes(signal)) record('SIGCONT', theLeader('group'), signaller.signalGroup(leader, 'SIGCONT') ?? 'gone')
    return true
  }

  const toAll = (members: readonly ProcessSample[], signal: SignalName): void => {
    const group = members.filter((member) => member.pgid === leader.pid)
    const reached = toGroup(group, signal)
    for (const member of members) if (!reached || member.pgid !== leader.pid) toOne(member, signal)
  }

  const killAgain = (member: ProcessSample): void => {
    const key = identityKey(member)
    if (killed.has(key) || killed.size >= MOST_KILL_RECORDS) {
      if (authority(member)) signaller.signal(member, 'SIGKILL')
      return
    }
    killed.add(key)
    toOne(member, 'SIGKILL')
  }

  /** Everything in the tree's cgroup at once; false: it has none, or it could not be done. */
  const killCgroup = (round: number): boolean => {
    const outcome = plan.scope === 'tree' ? ports.killCgroup?.() : undefined
    if (outcome === undefined) return false
    if (round === 0) record('SIGKILL', theLeader('group'), outcome, 'cgroup.kill')
    return outcome === 'sent'
  }

  return {
    warn(members) {
      const { warn } = plan
      const target = members.find((member) => sameProcess(member, leader))
      if (warn === undefined || target === undefined) return
      if (warn.kind === 'left-out') record(warn.signal, theLeader('leader'), 'left-out', warn.reason)
      else toOne(target, warn.signal)
    },
    terminate: toAll,
    kill(members, round) {
      if (killCgroup(round) && round === 0) return
      if (round === 0) toAll(members, 'SIGKILL')
      else for (const member of members) killAgain(member)
    }
  }
}

function detailOf(outcome: SignalRecord['outcome']): string | undefined {
  if (outcome === 'denied') return 'the kernel did not permit it (EPERM)'
  if (outcome === 'recycled') return 'its pid belongs to another process now; nothing was sent'
  return undefined
}
