import { parseDuration, parsePercent, parseSize, showDuration, showSize } from '../core/units.ts'
import type { ValueKind } from './values.ts'

export { bytesWithUnit, MAX_DURATION_MS, parseDuration, parsePercent, parseSize, showDuration, showSize } from '../core/units.ts'

/** Stands for "never forgets" in the respawn window; finite, so that it survives JSON. */
export const FOR_EVER_MS = Number.MAX_SAFE_INTEGER

export const duration: ValueKind<number> = {
  expected: 'a duration such as 500ms, 3s, 10m or 2h (a bare number is seconds), at most 24d',
  read: parseDuration,
  show: showDuration,
  json: { type: ['string', 'number'], pattern: '^\\s*(\\d+(\\.\\d+)? ?(ms|s|m|h|d)? ?)+$', minimum: 0 }
}

/** As `duration`, but not 0. */
export const interval: ValueKind<number> = {
  ...duration,
  expected: 'a duration of at least 10ms such as 500ms, 3s or 10m (a bare number is seconds), at most 24d',
  read: (found) => atLeast(parseDuration(found), 10)
}

/** As `duration`, or `forever`: FOR_EVER_MS. */
export const period: ValueKind<number> = {
  ...duration,
  expected: 'a duration such as 10m or 2h (a bare number is seconds), at most 24d, or forever',
  read: (found) => (found === 'forever' ? FOR_EVER_MS : atLeast(parseDuration(found), 1)),
  show: (value) => (value === FOR_EVER_MS ? 'forever' : showDuration(value))
}

export const size: ValueKind<number> = {
  expected: 'a size such as 200MB, 1.5GiB or 64KB (a bare number is MB)',
  read: parseSize,
  show: showSize,
  json: { type: ['string', 'number'], pattern: '^\\s*\\d+(\\.\\d+)? ?([KkMmGgTt]?[Ii]?[Bb]?)\\s*$', minimum: 0 }
}

/** Percent of all logical CPUs: `10%` or 10. */
export const percent: ValueKind<number> = {
  expected: 'a percentage of all CPUs together from 0 to 100, such as 10%',
  read: (found) => {
    const value = parsePercent(found)
    return value !== undefined && value <= 100 ? value : undefined
  },
  show: (value) => `${value}%`,
  json: { type: ['string', 'number'], pattern: '^\\s*\\d+(\\.\\d+)? ?%?\\s*$', minimum: 0, maximum: 100 }
}

/** As the reference takes it: anything above 100 counts as 100 (watchdog: arithmetic of the reference). */
export const cappedPercent: ValueKind<number> = {
  ...percent,
  expected: 'a percentage of all CPUs together, such as 10',
  read: (found) => {
    const value = parsePercent(found)
    return value === undefined ? undefined : Math.min(value, 100)
  }
}

const atLeast = (value: number | undefined, min: number): number | undefined => (value === undefined || value < min ? undefined : value)
