import type { Cancel, Clock } from '../ports.ts'
import type { HealthCheck } from '../settings.ts'
import type { ProbeResult } from './result.ts'

/** What the checks so far say. `healthy` turns false only after as many failures in a row as are allowed. */
export interface Health {
  readonly healthy: boolean
  /** In a row. */
  readonly failures: number
  readonly allowed: number
  /** Of the last failure; empty after a success. */
  readonly detail: string
}

/** The health after one more attempt; pure. `before` is undefined until the first. */
export function judge(before: Health | undefined, result: ProbeResult, allowed: number): Health {
  if (result.healthy) return { healthy: true, failures: 0, allowed, detail: '' }
  const failures = (before?.failures ?? 0) + 1
  return { healthy: failures < allowed, failures, allowed, detail: result.detail }
}

/** Whether somebody must hear of it: the first result, every failure, and a recovery. */
export const isNews = (before: Health | undefined, after: Health): boolean =>
  after.failures > 0 || before === undefined || before.failures > 0

export interface HealthWatchPorts {
  readonly check: HealthCheck
  readonly clock: Clock
  /** One attempt, with its own timeout. */
  readonly run: () => Promise<ProbeResult>
  readonly onChange: (health: Health) => void
}

/**
 * Checks a node again and again: first after the start period, then every interval, never twice at once
 * (an attempt that outlasts the interval is followed at once by the next). Ends when cancelled.
 */
export function createHealthWatch({ check, clock, run, onChange }: HealthWatchPorts): Cancel {
  let health: Health | undefined
  let cancelled = false
  let cancelTimer: Cancel

  const attempt = async (): Promise<void> => {
    const started = clock.now()
    const result = await run()
    if (cancelled) return
    const before = health
    health = judge(before, result, check.failures)
    cancelTimer = clock.after(Math.max(0, started + check.intervalMs - clock.now()), () => void attempt())
    if (isNews(before, health)) onChange(health)
  }

  cancelTimer = clock.after(check.startPeriodMs, () => void attempt())
  return () => {
    cancelled = true
    cancelTimer()
  }
}
