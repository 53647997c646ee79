import { readFileSync } from 'node:fs'
import { errnoOf } from '../../errors.ts'
import { bootOffsetNs } from '../../linux/cpu-clock.ts'
import { libc } from '../../linux/libc.ts'
import type { Clock } from '../../ports.ts'

/** The one clock of execution ids: nanoseconds since boot (CLOCK_BOOTTIME), and what it says on the wall. */
export interface BootTime {
  now(): bigint
  /** Nanoseconds since the epoch; the same time gives the same answer unless the wall clock was set. */
  wall(ktime: bigint): bigint
}

/** The clocks are read one after the other: what differs less has not changed. */
const NOISE_NS = 5_000_000n
const MEASURED_FOR_NS = 1_000_000_000n
const NANOSECONDS = 1_000_000_000n

export function createBootTime(clock: Pick<Clock, 'wall'>): BootTime {
  const offset = libc() === undefined ? offsetByUptime() : undefined
  let boot = 0n
  let measuredAt = 0n

  const now = (): bigint => process.hrtime.bigint() + (offset ?? bootOffsetNs())

  const measure = (): void => {
    const at = process.hrtime.bigint()
    if (boot !== 0n && at - measuredAt < MEASURED_FOR_NS) return
    measuredAt = at
    const found = BigInt(Math.round(clock.wall())) * 1_000_000n - now()
    const change = found > boot ? found - boot : boot - found
    if (change > NOISE_NS) boot = found
  }

  return {
    now,
    wall(ktime) {
      measure()
      return boot + ktime
    }
  }
}

/** Without native calls, to the hundredth of a second of /proc/uptime; 0 where there is none. */
function offsetByUptime(): bigint {
  try {
    const [seconds = '0'] = readFileSync('/proc/uptime', 'latin1').split(' ')
    return BigInt(Math.round(Number(seconds) * 1e9)) - process.hrtime.bigint()
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return 0n
  }
}

/** The second that was written last: most of a row of records are of the same one. */
let second = { at: -1n, text: '' }

/** RFC 3339 with nine digits, as Tetragon writes times. */
export function timeText(wallNs: bigint): string {
  const at = wallNs / NANOSECONDS
  if (at !== second.at) second = { at, text: new Date(Number(at) * 1000).toISOString().slice(0, 19) }
  return `${second.text}.${String(wallNs % NANOSECONDS).padStart(9, '0')}Z`
}
