/** Longest number, unit or word that is looked at. */
const MAX_WORD = 64

/** A decimal number, or text that is nothing but one. */
export function numberIn(found: unknown): number | undefined {
  if (typeof found === 'number') return Number.isFinite(found) ? found : undefined
  if (typeof found !== 'string' || found.length > MAX_WORD) return undefined
  return /^[+-]?\d+(?:\.\d+)?$/.test(found.trim()) ? Number(found) : undefined
}

const MILLISECONDS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const

/** The longest time that a timer of Node can wait (2^31 - 1 ms, 24.8 days), in whole days. */
export const MAX_DURATION_MS = 24 * MILLISECONDS.d

/**
 * Milliseconds of `500ms`, `3s`, `10m`, `2h`, `1d`, `1h30m`; a bare number is seconds.
 * Rounded to whole milliseconds; undefined when it is none, or longer than MAX_DURATION_MS.
 */
export function parseDuration(found: unknown): number | undefined {
  const ms = parseAge(found)
  return ms !== undefined && ms <= MAX_DURATION_MS ? ms : undefined
}

/** The same for what nobody waits for: as long as you like. */
export function parseAge(found: unknown): number | undefined {
  const ms = milliseconds(found)
  return ms !== undefined && ms >= 0 && ms <= Number.MAX_SAFE_INTEGER ? Math.round(ms) : undefined
}

function milliseconds(found: unknown): number | undefined {
  const seconds = numberIn(found)
  if (seconds !== undefined) return seconds * 1000
  if (typeof found !== 'string' || found.length > MAX_WORD) return undefined
  const compact = found.trim().toLowerCase()
  if (!/^(?:\d+(?:\.\d+)? ?(?:ms|s|m|h|d) ?)+$/.test(compact)) return undefined
  let total = 0
  for (const [, amount, unit] of compact.matchAll(/(\d+(?:\.\d+)?) ?(ms|s|m|h|d)/g)) {
    total += Number(amount) * MILLISECONDS[unit as keyof typeof MILLISECONDS]
  }
  return total
}

/** The shortest exact way to write it in one unit: 90s, 10m, 1500ms. */
export function showDuration(ms: number): string {
  if (ms === 0) return '0s'
  const unit = Object.entries(MILLISECONDS).find(([, length]) => ms % length === 0)
  return unit === undefined ? `${ms}ms` : `${ms / unit[1]}${unit[0]}`
}

const BYTES = { T: 2 ** 40, G: 2 ** 30, M: 2 ** 20, K: 2 ** 10 } as const

/**
 * Bytes of `512B`, `64K`, `64KB`, `64KiB`, `200MB`, `1.5GiB`, `1T`; a bare number is MB.
 * KB, MB, GB and TB are powers of 1024 (watchdog: MB is 2^20 bytes everywhere).
 */
export function parseSize(found: unknown): number | undefined {
  const megabytes = numberIn(found)
  const bytes = megabytes === undefined ? bytesWithUnit(found) : megabytes * BYTES.M
  return bytes !== undefined && bytes >= 0 && bytes <= Number.MAX_SAFE_INTEGER ? Math.round(bytes) : undefined
}

/** The same with a unit that must be there; undefined when there is none. */
export function bytesWithUnit(found: unknown): number | undefined {
  if (typeof found !== 'string' || found.length > MAX_WORD) return undefined
  const match = /^(\d+(?:\.\d+)?) ?(?:([KMGT])I?B?|B)$/.exec(found.trim().toUpperCase())
  if (match === null) return undefined
  const unit = match[2] as keyof typeof BYTES | undefined
  return Number(match[1]) * (unit === undefined ? 1 : BYTES[unit])
}

/** The shortest exact way to write it: 200MB, 1536KB, 1B. */
export function showSize(bytes: number): string {
  if (bytes === 0) return '0B'
  const unit = Object.entries(BYTES).find(([, length]) => bytes % length === 0)
  return unit === undefined ? `${bytes}B` : `${bytes / unit[1]}${unit[0]}B`
}

/** `10%`, `10` or 10; any number from 0. */
export function parsePercent(found: unknown): number | undefined {
  const value = numberIn(typeof found === 'string' ? found.trim().replace(/ ?%$/, '') : found)
  return value !== undefined && value >= 0 ? value : undefined
}
