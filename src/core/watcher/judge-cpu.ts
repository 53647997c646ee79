import type { TreeSample } from '../process/sample.ts'
import type { LedgerEntry } from '../receipt.ts'
import { type Sustained, sustain } from './latency.ts'
import { cpuArithmetic, cpuBudgetMs } from './limits.ts'
import { type CheckContext, measuredMs, type WatchState } from './watch-state.ts'

export interface CpuJudgement {
  readonly entry: LedgerEntry['cpu']
  readonly sustained: Sustained
  readonly arithmetic: string
  /** CPU since tracking began, ms; the next check subtracts it. */
  readonly cumulativeMs: number
  readonly intervalMs: number
}

/** The CPU used since the check before, against the budget of that time (measured; osquery takes the nominal interval). */
export function judgeCpu(before: WatchState, sample: TreeSample, context: CheckContext): CpuJudgement {
  const { limits, scope } = context.settings
  const cumulativeMs = scope === 'process' ? sample.leaderCpuMs : sample.cpuMs
  const measured = measuredMs(before, sample, context)
  const intervalMs = context.compat === 'osquery' ? context.intervalMs : measured
  const usedMs = Math.max(0, cumulativeMs - (before.previous?.cpuMs ?? 0))
  const budgetMs = cpuBudgetMs(limits.cpu.value, intervalMs, context.logicalCpus)
  const over = usedMs > budgetMs
  const sustained = sustain(before.cpu, over, measured, context.intervalMs, context.compat)
  const figures = { usedMs, budgetMs, inARow: sustained.inARow, sustainedMs: sustained.ms, latencyMs: limits.latency.value }
  const percent = Math.min(limits.cpu.value, 100)
  return {
    entry: { ...figures, over },
    sustained,
    arithmetic: cpuArithmetic({ ...figures, percent, intervalMs, cpus: context.logicalCpus }),
    cumulativeMs,
    intervalMs
  }
}
