import type { Cancel, Clock } from '../ports.ts'

/**
 * Calls `tick` every `periodMs` of monotonic time, never twice at once; a tick that took longer than the period
 * is followed by the next at once, missed ones are not made up for. A period of undefined pauses.
 */
export function createTicker(clock: Clock, tick: () => Promise<void>): { setPeriod(periodMs: number | undefined): void; stop(): void } {
  let period: number | undefined
  let cancel: Cancel = () => undefined
  let running = false
  let due = 0

  const arm = (): void => {
    cancel()
    if (period === undefined || running) return
    due = Math.max(due, clock.now())
    cancel = clock.after(due - clock.now(), () => void run())
  }

  const run = async (): Promise<void> => {
    running = true
    due += period ?? 0
    try {
      await tick()
    } finally {
      running = false
      arm()
    }
  }

  return {
    setPeriod(periodMs) {
      period = periodMs
      due = clock.now() + (periodMs ?? 0)
      arm()
    },
    stop() {
      period = undefined
      cancel()
    }
  }
}
