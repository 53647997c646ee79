import { describeSource } from '../../core/source.ts'
import type { NodeState, RunState } from '../../store.ts'
import { formatBytes } from '../format/size.ts'
import { clockTime, formatLeft, formatSpan } from '../format/time.ts'
import type { Line } from '../theme.ts'
import { delayLeft } from '../view/pressure.ts'
import { field, heading, type TextContext } from './text.ts'

/** The limits of a node: each value, the arithmetic that it stands for, and where it came from. */
export function limitLines(node: NodeState, run: RunState, context: TextContext): Line[] {
  const { limits, respawn, watched, observe, scope, delayMs } = node.description
  if (!watched) return [heading('LIMITS'), ...field('watched', 'no: the watchdog does not look at this node', context)]
  const budgetMs = Math.round((Math.min(limits.cpu.value, 100) / 100) * run.intervalMs * run.logicalCpus)
  const checks = Math.max(1, Math.ceil(limits.latency.value / run.intervalMs))
  const baseline = node.ledger.at(-1)?.memory.baselineBytes
  const waiting = delayLeft(node, context.now)
  return [
    heading('LIMITS'),
    ...field(
      'memory',
      `${formatBytes(limits.memory.value)} above the baseline${baseline === undefined ? '' : ` of ${formatBytes(baseline)} = ${formatBytes(baseline + limits.memory.value)}`}${
        limits.memoryLatency.value === 0 ? ', one check is enough' : `, for ${formatSpan(limits.memoryLatency.value)}`
      } (${describeSource(limits.memory.source, { time: clockTime })})`,
      context
    ),
    ...field(
      'CPU',
      `${limits.cpu.value}% x ${formatSpan(run.intervalMs)} x ${Number(run.logicalCpus.toFixed(2))} CPUs = ${budgetMs} ms a check (${describeSource(limits.cpu.source, { time: clockTime })})`,
      context
    ),
    ...field(
      'latency',
      `${formatSpan(limits.latency.value)} over, that is ${checks} checks in a row (${describeSource(limits.latency.source, { time: clockTime })})`,
      context
    ),
    ...field(
      'respawns',
      `${respawn.limit.value} within ${formatSpan(respawn.windowMs)}, then ${respawn.onExhausted === 'shutdown' ? 'everything ends' : 'the node fails'} (${describeSource(respawn.limit.source, { time: clockTime })})`,
      context
    ),
    ...field(
      'applies',
      `to the ${scope === 'tree' ? 'whole tree' : 'leader alone'}${observe || run.dryRun ? ', observed only: nothing is stopped' : ''}; no stop in the first ${formatSpan(delayMs)}${
        waiting === undefined ? '' : ` (${formatLeft(waiting)} to go)`
      }`,
      context
    )
  ]
}
