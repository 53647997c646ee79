/** Percent in at most five columns: `3.1`, `99.9`, `142`, `12800`. */
export function formatPercent(percent: number): string {
  if (!Number.isFinite(percent)) return '-'
  return percent < 99.95 ? Math.max(0, percent).toFixed(1) : String(Math.min(99_999, Math.round(percent)))
}
