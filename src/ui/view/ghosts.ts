import { identityKey, sameProcess } from '../../core/process/identity.ts'
import { describeExit } from '../../core/stop/wording.ts'
import type { NodeState, SupervisorState } from '../../store.ts'
import type { Ended, SampledProcess } from './row.ts'

/** How long what has ended is still shown. */
const PROCESS_MS = 5000
const NODE_MS = 10_000
/** Of one node; a storm of short-lived processes must not bury the living ones. */
const MOST = 50

export interface GhostProcess {
  readonly process: SampledProcess
  readonly ended: Ended
}

export interface GhostNode {
  readonly name: string
  readonly node: NodeState
  readonly ended: Ended
}

/** What has just ended, by the name of its node. */
export interface Ghosts {
  readonly processes: ReadonlyMap<string, readonly GhostProcess[]>
  readonly nodes: readonly GhostNode[]
}

export const NO_GHOSTS: Ghosts = { processes: new Map(), nodes: [] }

/** Who was there in `before` and is not in `after`, and those that ended a moment ago. `now` is the wall clock, ms. */
export function nextGhosts(ghosts: Ghosts, before: SupervisorState, after: SupervisorState, now: number): Ghosts {
  if (before === after && !isOver(ghosts, now)) return ghosts
  const processes = new Map<string, readonly GhostProcess[]>()
  for (const name of new Set([...before.order, ...ghosts.processes.keys()])) {
    const node = after.nodes[name]
    if (node === undefined) continue
    const kept = (ghosts.processes.get(name) ?? []).filter(({ ended }) => isRecent(ended, now, PROCESS_MS))
    const all = [...kept, ...newlyEnded(before.nodes[name], node, after, now)]
    if (all.length > 0) processes.set(name, all.slice(-MOST))
  }
  const kept = ghosts.nodes.filter(({ name, ended }) => now - ended.at < NODE_MS && ended.at <= now && after.nodes[name] === undefined)
  const removed = before.order.flatMap((name): GhostNode[] => {
    const node = before.nodes[name]
    return node === undefined || after.nodes[name] !== undefined ? [] : [{ name, node, ended: { at: now, how: 'removed' } }]
  })
  if (processes.size === 0 && kept.length === 0 && removed.length === 0) return NO_GHOSTS
  return { processes, nodes: [...kept, ...removed] }
}

const isOver = ({ processes, nodes }: Ghosts, now: number): boolean =>
  [...processes.values()].some((list) => list.some(({ ended }) => !isRecent(ended, now, PROCESS_MS))) ||
  nodes.some(({ ended }) => !isRecent(ended, now, NODE_MS))

/** The wall clock may be set back: what is in the future was long ago. */
const isRecent = ({ at }: Ended, now: number, ms: number): boolean => now - at < ms && at <= now

function newlyEnded(before: NodeState | undefined, after: NodeState, state: SupervisorState, now: number): readonly GhostProcess[] {
  const old = before?.sample?.processes ?? []
  const present = after.sample?.processes ?? []
  // as a rule nobody came or went
  if (old.every((process, index) => isSame(process, present[index]))) return []
  const living = new Map(present.map(({ pid, startTime }) => [pid, startTime]))
  return old
    .filter((process) => living.get(process.pid) !== process.startTime)
    .slice(-MOST)
    .map((process) => ({ process, ended: { at: now, how: howItEnded(process, before, after, state) } }))
}

const isSame = (process: SampledProcess, other: SampledProcess | undefined): boolean =>
  process === other || (process.pid === other?.pid && process.startTime === other.startTime)

/** What is known of the end: the exit of a leader, a receipt that names the process, or nothing. */
function howItEnded(process: SampledProcess, before: NodeState | undefined, after: NodeState, state: SupervisorState): string {
  const wasLeader = before?.phase.phase === 'running' && sameProcess(before.phase.leader, process)
  if (wasLeader && after.lastExit !== undefined && after.lastExit !== before.lastExit) return describeExit(after.lastExit)
  const key = identityKey(process)
  const receipt = state.receipts.slice(-5).findLast(({ tree }) => tree.some((member) => identityKey(member) === key))
  return receipt === undefined ? 'ended' : `stopped, receipt ${receipt.id}`
}
