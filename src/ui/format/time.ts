const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const two = (value: number): string => String(value).padStart(2, '0')

/** A time span in at most six columns: `12s`, `4m02s`, `3h11m`, `2d04h`, `120d`. Negative and unknown: `-`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return '-'
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)}s`
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}m${two(Math.floor((ms % MINUTE) / SECOND))}s`
  if (ms < DAY) return `${Math.floor(ms / HOUR)}h${two(Math.floor((ms % HOUR) / MINUTE))}m`
  const days = Math.floor(ms / DAY)
  if (days < 100) return `${days}d${two(Math.floor((ms % DAY) / HOUR))}h`
  return days < 100_000 ? `${days}d` : '>270y'
}

/** A span as it is set, without what is nothing: `10m`, `1m30s`, `2d`. */
export const formatSpan = (ms: number): string => (ms < MINUTE ? formatSeconds(ms) : formatDuration(ms).replace(/(?<=\D)00\D$/, ''))

/** A short span with its fraction: `0.4s`, `12s`. */
export const formatSeconds = (ms: number): string => (ms < 10 * SECOND ? `${Number((ms / SECOND).toFixed(1))}s` : formatDuration(ms))

/** About how long, in at most three columns: `45s`, `6m`, `3h`, `9d`. */
export function formatAbout(ms: number): string {
  if (Number.isNaN(ms)) return '-'
  const left = Math.max(0, ms)
  if (left < MINUTE) return `${Math.ceil(left / SECOND)}s`
  if (left < HOUR) return `${Math.round(left / MINUTE)}m`
  return left < 2 * DAY ? `${Math.round(left / HOUR)}h` : `${Math.min(99, Math.round(left / DAY))}d`
}

/** What is left, rounded up, so that 0 means now. */
export const formatLeft = (ms: number): string => formatDuration(Math.ceil(Math.max(0, ms) / SECOND) * SECOND)

/** Local time of day of an ISO 8601 time, to the millisecond: `12:04:31.042`. */
export function preciseTime(iso: string): string {
  const ms = new Date(iso).getMilliseconds()
  return `${clockTime(iso)}.${Number.isNaN(ms) ? '---' : String(ms).padStart(3, '0')}`
}

/** Local time of day of an ISO 8601 time: `12:04:31`. */
export function clockTime(iso: string): string {
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return '--:--:--'
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}
