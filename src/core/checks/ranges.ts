/** A range of the Nagios plugins: a value is alerted on outside of it, or inside of it where `inside`. Both ends belong to it. */
export interface AlertRange {
  readonly from: number
  readonly to: number
  readonly inside: boolean
  /** As it was written, for the performance data; empty: no range, nothing is alerted on. */
  readonly text: string
}

/** undefined or empty: never. */
export interface Ranges {
  readonly warning: AlertRange | undefined
  readonly critical: AlertRange | undefined
}

const NUMBER = String.raw`-?\d+(?:\.\d+)?`
const RANGE = new RegExp(`^(@)?(?:(~|${NUMBER})?:)?(${NUMBER})?$`)

/**
 * Reads `10`, `10:`, `~:10`, `10:20`, `@10:20`; empty: nothing is alerted on. undefined: it is no range, or its end is below
 * its start. Monitoring Plugins Development Guidelines, "Threshold and ranges".
 */
export function parseAlertRange(text: string): AlertRange | undefined {
  const match = text.length > 64 ? null : RANGE.exec(text)
  if (match === null || text === '@') return undefined
  const [, at, start, end] = match
  const from = start === '~' ? Number.NEGATIVE_INFINITY : Number(start ?? 0)
  const to = end === undefined ? Number.POSITIVE_INFINITY : Number(end)
  return from > to ? undefined : { from, to, inside: at !== undefined, text }
}

export function alertsOn(range: AlertRange | undefined, value: number): boolean {
  if (range === undefined || range.text === '') return false
  const isInside = value >= range.from && value <= range.to
  return range.inside ? isInside : !isInside
}
