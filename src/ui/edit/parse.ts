/** `12`, `1.5`; undefined for anything else. */
export function parseAmount(text: string): number | undefined {
  const compact = text.trim()
  return /^\d{1,15}(?:\.\d{1,6})?$/.test(compact) ? Number(compact) : undefined
}

const SIZE_UNITS: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 }

/** Bytes of `200M`, `1.5G`, `512KB`, `64MiB`; a bare number is MB, and MB is 2^20 bytes. More than nothing, at most a PiB. */
export function parseSize(text: string): number | undefined {
  const match = /^(.*?)\s*(?:([KMGT])(?:I?B)?)?$/.exec(text.trim().toUpperCase())
  const amount = parseAmount(match?.[1] ?? '')
  if (amount === undefined) return undefined
  const bytes = Math.round(amount * (SIZE_UNITS[match?.[2] ?? 'M'] ?? 0))
  return bytes > 0 && bytes <= 2 ** 50 ? bytes : undefined
}

const TIME_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds of `12s`, `2m`, `500ms`, `1.5h`; a bare number is seconds; at most 24 days. */
export function parseSeconds(text: string): number | undefined {
  const match = /^(.*?)\s*(ms|s|m|h|d)?$/.exec(text.trim().toLowerCase())
  const amount = parseAmount(match?.[1] ?? '')
  if (amount === undefined) return undefined
  const ms = Math.round(amount * (TIME_UNITS[match?.[2] ?? 's'] ?? 0))
  return ms <= 24 * 86_400_000 ? ms : undefined
}
