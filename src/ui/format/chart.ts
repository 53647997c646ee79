import type { Glyphs } from '../theme.ts'

const share = (ratio: number): number => (Number.isFinite(ratio) ? Math.min(1, Math.max(0, ratio)) : 0)

/** A bar of `cells` and its two ends: `▕███░░▏`. Anything above nothing shows at least one cell; only 1 and more shows it full. */
export function bar(ratio: number, cells: number, glyphs: Glyphs): string {
  const part = share(ratio)
  const filled = part >= 1 ? cells : Math.min(cells - 1, Math.ceil(part * cells - 0.5) || (part > 0.02 ? 1 : 0))
  return glyphs.barStart + glyphs.barFull.repeat(filled) + glyphs.barEmpty.repeat(cells - filled) + glyphs.barEnd
}

/**
 * The newest values at the right, the highest of each `perColumn` values a column, as heights of `scale`.
 * Columns for which there are no values stay blank.
 */
export function sparkline(values: readonly number[], columns: number, scale: number, glyphs: Glyphs, perColumn = 1): string {
  const steps = glyphs.steps
  let drawn = ''
  for (let end = values.length; end > 0 && drawn.length < columns; end -= perColumn) {
    const highest = Math.max(...values.slice(Math.max(0, end - perColumn), end))
    const step = Math.min(steps.length - 1, Math.floor(share(highest / scale) * steps.length))
    drawn = (steps[step] ?? ' ') + drawn
  }
  return drawn.padStart(columns)
}
