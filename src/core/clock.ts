import type { Cancel, Clock } from './ports.ts'

/** setTimeout(3) of Node takes at most this; longer waits are taken in turns. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** The system's clocks: CLOCK_MONOTONIC (since boot) for `now` and timers, CLOCK_REALTIME for `wall`. */
export function createSystemClock(): Clock {
  return { now: () => Number(process.hrtime.bigint()) / 1e6, wall: () => Date.now(), after }
}

function after(ms: number, callback: () => void): Cancel {
  let timer: NodeJS.Timeout
  const arm = (left: number): void => {
    const turn = Math.min(left, LONGEST_TIMER_MS)
    timer = setTimeout(() => (left > turn ? arm(left - turn) : callback()), Math.max(0, turn))
    timer.unref()
  }
  arm(ms)
  return () => clearTimeout(timer)
}

/** Resolves after `ms` of monotonic time. */
export const pause = (clock: Clock, ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve))
