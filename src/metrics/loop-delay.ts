import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Cancel, Clock } from '../core/ports.ts'

/** Fine enough to see what delays a check of the watchdog, and no cost that shows. */
const RESOLUTION_MS = 100
/** Nobody has asked for so long: it is measured no more. */
const KEEP_MS = 15 * 60_000
const NS_PER_S = 1e9

/** How late timers are, seconds. */
export interface LoopDelay {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** Measures from the first look on, between one look and the next; undefined at the first. */
export function createLoopDelay(clock: Clock): { look(): LoopDelay | undefined; close(): void } {
  let histogram: ReturnType<typeof monitorEventLoopDelay> | undefined
  let cancelKeep: Cancel = () => undefined

  const close = (): void => {
    cancelKeep()
    histogram?.disable()
    histogram = undefined
  }

  const late = (ns: number): number => Math.max(0, ns / NS_PER_S - RESOLUTION_MS / 1000)

  return {
    look() {
      cancelKeep()
      cancelKeep = clock.after(KEEP_MS, close)
      if (histogram === undefined) {
        histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
        histogram.enable()
        return undefined
      }
      if (histogram.count === 0) return undefined
      const seen = { p50: late(histogram.percentile(50)), p99: late(histogram.percentile(99)), max: late(histogram.max) }
      histogram.reset()
      return seen
    },
    close
  }
}
