/** The last moment that a Date can name, ms since the epoch. */
const LAST_DATE_MS = 8.64e15

/** Wall clock as ISO 8601; a moment that no calendar reaches becomes the last one it does. Never throws. */
export const wallText = (ms: number): string => new Date(Math.min(ms, LAST_DATE_MS)).toISOString()
