import type { TreeSample } from '../process/sample.ts'
import type { LedgerEntry } from '../receipt.ts'
import { type Baseline, completed, isBaselineDue } from './baseline.ts'
import { type Sustained, sustain } from './latency.ts'
import { memoryArithmetic, memoryGrowth } from './limits.ts'
import { type CheckContext, forLife, isOfLife, measuredMs, type WatchState } from './watch-state.ts'

export interface MemoryJudgement {
  readonly entry: LedgerEntry['memory']
  readonly sustained: Sustained
  readonly arithmetic: string
  readonly baseline: Baseline | undefined
  /** A sum of RSS alone may count shared pages several times: it has to say so twice. */
  readonly certain: boolean
}

/**
 * Whether this check needs the sum of PSS: for the baseline, and where the sum of RSS raises suspicion
 * (forks share pages, so their RSS counts them several times). It costs some 40 us a process.
 * PSS is never above RSS, so only an RSS that is too far above the PSS baseline can hide a growth of PSS: pages that are shared
 * no longer grow the PSS while the RSS stays as it was.
 */
export function needsPss(watch: WatchState, sample: TreeSample, context: CheckContext): boolean {
  if (context.compat === 'osquery' || context.settings.scope === 'process' || !isOfLife(sample, context)) return false
  const { baseline } = forLife(watch, context)
  if (isBaselineDue(baseline, sample.at - context.startedAt, context.intervalMs, context.compat)) return true
  if (baseline === undefined) return false
  // it could not be read when the baseline was taken: again at each check until it can
  if (baseline.pssBytes === undefined) return true
  return memoryGrowth(sample.rssBytes, baseline.pssBytes) > context.settings.limits.memory.value
}

/** Growth above the baseline against the limit. Like is compared with like: PSS with PSS, else RSS with RSS. */
export function judgeMemory(before: WatchState, sample: TreeSample, pssBytes: number | undefined, context: CheckContext): MemoryJudgement {
  const { limits, scope } = context.settings
  const rssBytes = scope === 'process' ? sample.leaderRssBytes : sample.rssBytes
  const due = isBaselineDue(before.baseline, sample.at - context.startedAt, context.intervalMs, context.compat)
  const baseline = due ? { rssBytes, pssBytes } : completed(before.baseline, pssBytes)
  const pss = pssBytes === undefined || baseline?.pssBytes === undefined ? undefined : { bytes: pssBytes, baseline: baseline.pssBytes }
  const bytes = pss?.bytes ?? rssBytes
  const baselineBytes = pss?.baseline ?? baseline?.rssBytes ?? bytes
  const limitBytes = limits.memory.value
  const growthBytes = memoryGrowth(bytes, baselineBytes)
  const over = growthBytes > limitBytes
  const sustained = sustain(before.memory, over, measuredMs(before, sample, context), context.intervalMs, context.compat)
  const figures = {
    bytes,
    measure: pss === undefined ? ('rss' as const) : ('pss' as const),
    baselineBytes,
    growthBytes,
    limitBytes,
    sustainedMs: sustained.ms,
    latencyMs: limits.memoryLatency.value
  }
  return {
    entry: { ...figures, over },
    sustained,
    arithmetic: memoryArithmetic(figures),
    baseline,
    certain: pss !== undefined || context.compat === 'osquery' || scope === 'process' || sustained.inARow >= 2
  }
}
