import { type Identity, sameProcess } from '../../core/process/identity.ts'
import { BRANCH_TICKS } from '../../session.ts'
import type { NodeState } from '../../store.ts'

/** Start times are counted in clock ticks of 10 ms (proc(5); USER_HZ is 100 on every Linux architecture in use). */
const TICK_MS = 10

/**
 * When a process of this node started, wall clock ms. The leader since its program runs: the process itself may have waited long before
 * that, as a spare. undefined while the node does not run.
 */
export function startedAt(node: NodeState, process: Identity): number | undefined {
  if (node.phase.phase !== 'running') return undefined
  const { leader, since, epoch } = node.phase
  return sameProcess(leader, process) ? Date.parse(since) : epoch + (process.startTime % BRANCH_TICKS) * TICK_MS
}
