import type { LimitField } from '../core/events.ts'

const MB = 2 ** 20

/** `61 MB`, `0.5 MB`; powers of two, as everywhere. */
export const mebibytes = (bytes: number): string => `${decimal(bytes / MB)} MB`

/** `8 ms`, `0.4 s`, `12 s`, `4 min 2 s`, `3 h 11 min`. */
export function span(ms: number): string {
  if (ms < 50) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${decimal(ms / 1000)} s`
  const seconds = Math.round(ms / 1000)
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** `9.8%` */
export const percentage = (value: number): string => `${decimal(value)}%`

/** A limit in its own unit. */
export const limitValue = (field: LimitField, value: number): string => {
  if (field === 'memory') return mebibytes(value)
  if (field === 'cpu') return percentage(value)
  return field === 'respawnLimit' ? String(value) : span(value)
}

/** At most one digit after the point, none from 10 on. */
const decimal = (value: number): string => String(Math.abs(value) < 10 ? Math.round(value * 10) / 10 : Math.round(value))
