import type { NodeState } from '../../store.ts'

/** How close a node is to being stopped by its limits, at its last check; shares are parts of the limit, 1 and more is over. */
export interface Pressure {
  readonly cpuShare: number
  readonly memoryShare: number
  readonly growthBytes: number
  readonly memoryLimitBytes: number
  /** The latency counter that runs, or the CPU's at rest. */
  readonly rule: 'cpu' | 'memory'
  readonly sustainedMs: number
  readonly latencyMs: number
  /** Until the stop; undefined: nothing is over. */
  readonly leftMs: number | undefined
}

/** undefined: not watched, or not checked yet. `now` is the wall clock, ms. */
export function pressureOf(node: NodeState, now: number): Pressure | undefined {
  const last = node.ledger.at(-1)
  if (last === undefined || !node.description.watched || node.phase.phase !== 'running') return undefined
  const { cpu, memory } = last
  const cpuLatencyMs = node.description.limits.latency.value
  const memoryLatencyMs = node.description.limits.memoryLatency.value
  const memoryLimitBytes = node.description.limits.memory.value
  const wait = delayLeft(node, now) ?? 0
  const cpuLeft = cpu.over ? Math.max(cpuLatencyMs - cpu.sustainedMs, wait, 0) : undefined
  const memoryLeft = memory.over ? Math.max(memoryLatencyMs - memory.sustainedMs, wait, 0) : undefined
  const isMemory = memoryLeft !== undefined && memoryLeft <= (cpuLeft ?? Number.POSITIVE_INFINITY)
  return {
    cpuShare: cpu.usedMs / Math.max(cpu.budgetMs, 1e-9),
    memoryShare: memory.growthBytes / Math.max(memoryLimitBytes, 1),
    growthBytes: memory.growthBytes,
    memoryLimitBytes,
    rule: isMemory ? 'memory' : 'cpu',
    sustainedMs: isMemory ? memory.sustainedMs : cpu.sustainedMs,
    latencyMs: isMemory ? memoryLatencyMs : cpuLatencyMs,
    leftMs: isMemory ? memoryLeft : cpuLeft
  }
}

/** Until limits may stop this node (its delay), ms; undefined: the delay is over, or the node does not run. */
export function delayLeft(node: NodeState, now: number): number | undefined {
  if (node.phase.phase !== 'running') return undefined
  const left = Date.parse(node.phase.since) + node.description.delayMs - now
  return left > 0 ? left : undefined
}
