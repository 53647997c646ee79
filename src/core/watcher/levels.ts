import type { WatchdogLevel } from '../settings.ts'

const MB = 2 ** 20

/** Bytes, percent of all logical CPUs, ms, a count, ms. */
export interface LevelLimits {
  readonly memory: number
  readonly cpu: number
  readonly latency: number
  readonly respawnLimit: number
  readonly respawnDelay: number
}

/** Limits by level; watchdog: "Limits by level". */
export const LEVELS: Readonly<Record<WatchdogLevel, LevelLimits>> = {
  normal: { memory: 200 * MB, cpu: 10, latency: 12_000, respawnLimit: 4, respawnDelay: 5000 },
  restrictive: { memory: 100 * MB, cpu: 5, latency: 6000, respawnLimit: 4, respawnDelay: 5000 },
  disabled: { memory: 10_000 * MB, cpu: 100, latency: 1_000_000, respawnLimit: 1000, respawnDelay: 1000 }
}

/** Between two checks, ms; the same at every level. */
export const INTERVAL_MS = 3000
