const UNITS = ['B', 'K', 'M', 'G', 'T', 'P'] as const

const amount = (value: number): string => (value < 9.95 ? value.toFixed(1) : String(Math.round(value)))

/** Bytes in at most five columns: `512B`, `86M`, `1.9G`; powers of 1024, as everywhere. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return '-'
  if (bytes < 0) return `-${formatBytes(-bytes)}`
  const power = powerOf(bytes)
  const value = bytes / 1024 ** power
  return `${power < 3 ? Math.round(value) : amount(value)}${UNITS[power]}`
}

/** The power of 1024 at which at most three digits are needed. */
function powerOf(bytes: number): number {
  let power = 0
  while (power < UNITS.length - 1 && Math.round(bytes / 1024 ** power) >= 1000) power++
  return power
}

/** Growth against its limit, both in the limit's unit: `+24/200M`, `+1.2/2.0G`. */
export function formatGrowth(growthBytes: number, limitBytes: number): string {
  const power = powerOf(limitBytes)
  const inUnit = (bytes: number): string => (power < 3 ? String(Math.round(bytes / 1024 ** power)) : amount(bytes / 1024 ** power))
  return `${growthBytes < 0 ? '' : '+'}${inUnit(growthBytes)}/${formatBytes(limitBytes)}`
}

/** Used and total in one unit: `1.9/24G`. */
export const formatShare = (used: number, total: number): string => formatGrowth(used, total).replace('+', '')
