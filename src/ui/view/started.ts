import type { Identity } from '../../core/process/identity.ts'
import type { NodeState } from '../../store.ts'

/** Start times are counted in clock ticks of 10 ms (proc(5); USER_HZ is 100 on every Linux architecture in use). */
const TICK_MS = 10

/**
 * When a process of this node started, wall clock ms: as far from the leader's start as their start times are apart.
 * undefined while the node does not run.
 */
export function startedAt(node: NodeState, process: Identity): number | undefined {
  if (node.phase.phase !== 'running') return undefined
  const { leader, since } = node.phase
  return Date.parse(since) + (process.startTime - leader.startTime) * TICK_MS
}
