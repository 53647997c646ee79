import type { Compat } from '../settings.ts'

/** The initial footprint that growth is measured from, bytes; one figure for each measure, so that like is compared with like. */
export interface Baseline {
  readonly rssBytes: number
  /** undefined where it could not be read. */
  readonly pssBytes: number | undefined
}

/**
 * Whether this check takes the baseline: the first one at least one interval after exec, when the program has found its size;
 * osquery takes the first sample after the spawn.
 */
export const isBaselineDue = (baseline: Baseline | undefined, uptimeMs: number, intervalMs: number, compat: Compat): boolean =>
  baseline === undefined && (compat === 'osquery' || uptimeMs >= intervalMs)
