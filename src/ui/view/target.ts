import { type Identity, sameProcess } from '../../core/process/identity.ts'
import type { OrphanPair } from '../../core/queries.ts'
import type { NodeState, SupervisorState } from '../../store.ts'
import { tickOf } from '../format/tick.ts'
import { clockTime } from '../format/time.ts'
import type { ProcessTarget, Target } from './dialogs.ts'
import { nodeNamed, pairKey, type Row } from './row.ts'
import { startedAt } from './started.ts'

const started = (node: NodeState, identity: Identity): string => {
  const at = startedAt(node, identity)
  return at === undefined ? tickOf(identity.startTime) : clockTime(new Date(at).toISOString())
}

/** The leader of a node, also while it is being stopped. */
export function leaderOf(node: NodeState): Identity | undefined {
  if (node.phase.phase === 'running') return node.phase.leader
  const first = node.sample?.processes[0]
  return first === undefined ? undefined : { pid: first.pid, startTime: first.startTime }
}

/** A node as a dialog names and pins it: with its present leader. */
export function targetNode(name: string, node: NodeState): Target {
  const identity = leaderOf(node)
  return { node: name, name, identity, started: identity === undefined ? '' : started(node, identity) }
}

/** The process of a row, or the leader of a node's row; undefined: there is no process that belongs to a node. */
export function targetProcess(row: Row): ProcessTarget | undefined {
  if (row.kind === 'process') {
    const { pid, startTime, command } = row.process
    const identity = { pid, startTime }
    return { node: row.name, name: command, identity, started: started(row.node, identity) }
  }
  if (row.kind !== 'node') return undefined
  const target = targetNode(row.name, row.node)
  return target.identity === undefined ? undefined : { ...target, identity: target.identity }
}

/** Why nothing may be done to this target any more; undefined: it is still the very same. */
export function refusal(target: Target, state: SupervisorState, about: 'node' | 'process'): string | undefined {
  const node = nodeNamed(state, target.node)
  if (node === undefined) return `${target.node} is no longer part of this run.`
  return about === 'node' ? refusalOfNode(target, node) : refusalOfProcess(target, state)
}

function refusalOfNode(target: Target, node: NodeState): string | undefined {
  const leader = leaderOf(node)
  if (target.identity === undefined) return leader === undefined ? undefined : `${target.name} was started meanwhile, as ${leader.pid}.`
  if (leader === undefined) return `${target.name} (${target.identity.pid}) has ended meanwhile.`
  return sameProcess(leader, target.identity) ? undefined : `${target.name} was replaced meanwhile: it is ${leader.pid} now.`
}

function refusalOfProcess({ identity, node }: Target, state: SupervisorState): string | undefined {
  if (identity === undefined) return 'There is no process.'
  if (processesOf(nodeNamed(state, node)).some((process) => sameProcess(process, identity))) return undefined
  const known = state.order.flatMap((name) => processesOf(nodeNamed(state, name)))
  if (known.some((process) => sameProcess(process, identity))) return undefined
  return known.some((process) => process.pid === identity.pid)
    ? `Pid ${identity.pid} belongs to another process now.`
    : `Process ${identity.pid} has ended meanwhile.`
}

const processesOf = (node: NodeState | undefined): readonly Identity[] => {
  if (node === undefined) return []
  const leader = node.phase.phase === 'running' ? [node.phase.leader] : []
  return [...leader, ...(node.sample?.processes ?? [])]
}

/** Why nothing may be done to this pair any more; undefined: it is registered as it was. Pairs that are not listed are never meant. */
export function refusalOfPair(pair: OrphanPair, { orphans }: SupervisorState): string | undefined {
  const key = pairKey(pair)
  if (orphans.pairs.some((other) => pairKey(other) === key)) return undefined
  return orphans.pairs.some(({ child }) => child.pid === pair.child.pid)
    ? `Child ${pair.child.pid} is another process, or of another parent, now.`
    : `The pair of ${pair.child.pid} and ${pair.parent.pid} is no longer registered.`
}

/** The label of the supervisor that has registered this pair, where there are several. */
export function supervisorOf(pair: OrphanPair, { orphans }: SupervisorState): string | undefined {
  const key = pairKey(pair)
  return orphans.branches?.find((branch) => branch.orphans.pairs.some((other) => pairKey(other) === key))?.label
}

/** Those to which it may still be done, and why it may not to the others. */
export interface Sifted<T> {
  readonly able: readonly T[]
  readonly refused: readonly string[]
}

export function sift<T>(targets: readonly T[], refusing: (target: T) => string | undefined): Sifted<T> {
  const judged = targets.map((target) => ({ target, why: refusing(target) }))
  return {
    able: judged.flatMap(({ target, why }) => (why === undefined ? [target] : [])),
    refused: judged.flatMap(({ why }) => (why === undefined ? [] : [why]))
  }
}
