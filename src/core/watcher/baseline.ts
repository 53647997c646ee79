import type { Compat } from '../settings.ts'

/** The initial footprint that growth is measured from, bytes; one figure for each measure, so that like is compared with like. */
export interface Baseline {
  readonly rssBytes: number
  /** undefined as long as it cannot be read. */
  readonly pssBytes: number | undefined
}

/**
 * The baseline with the PSS that could only be read after it was taken. PSS is never above RSS, so it was at most the RSS of that time:
 * what has grown beyond that since then is not forgiven.
 */
export const completed = (baseline: Baseline | undefined, pssBytes: number | undefined): Baseline | undefined =>
  baseline === undefined || baseline.pssBytes !== undefined || pssBytes === undefined
    ? baseline
    : { ...baseline, pssBytes: Math.min(pssBytes, baseline.rssBytes) }

/**
 * Whether this check takes the baseline: the first one at least one interval after exec, when the program has found its size;
 * osquery takes the first sample after the spawn.
 */
export const isBaselineDue = (baseline: Baseline | undefined, uptimeMs: number, intervalMs: number, compat: Compat): boolean =>
  baseline === undefined && (compat === 'osquery' || uptimeMs >= intervalMs)
