import { readFileSync } from 'node:fs'
import { cpus, freemem, totalmem } from 'node:os'
import { errnoOf } from '../errors.ts'
import type { EventBody } from '../events.ts'
import type { Clock } from '../ports.ts'

type SelfSample = Extract<EventBody, { type: 'self-sampled' }>

/** Busy and total time of the host's CPUs since boot, in any one unit. */
interface HostTimes {
  readonly busy: number
  readonly total: number
}

/** Measures the supervisor itself and the host, between one call and the next. */
export function createSelfMeter(clock: Clock): () => SelfSample {
  let at = clock.now()
  let own = process.cpuUsage()
  let host = hostTimes() ?? { busy: 0, total: 0 }
  let rssBytes = 0
  return () => {
    const now = clock.now()
    const used = process.cpuUsage(own)
    const times = hostTimes() ?? host
    rssBytes = residentBytes() ?? rssBytes
    const elapsedMs = Math.max(1, now - at)
    const sample: SelfSample = {
      type: 'self-sampled',
      cpuPercent: round((used.user + used.system) / 10 / elapsedMs),
      rssBytes,
      hostCpuPercent: round((100 * (times.busy - host.busy)) / Math.max(1, times.total - host.total)),
      hostMemoryUsed: totalmem() - freemem(),
      hostMemoryTotal: totalmem()
    }
    at = now
    own = process.cpuUsage()
    host = times
    return sample
  }
}

const round = (value: number): number => Math.round(value * 10) / 10

/** Resident memory of this process; undefined where it cannot be read now (EMFILE). */
export const residentBytes = (): number | undefined => unlessRefused(() => process.memoryUsage.rss())

/**
 * The first line of /proc/stat (proc(5)): user nice system idle iowait irq softirq steal; where there is none, what Node tells;
 * undefined where it cannot be read now (EMFILE).
 */
function hostTimes(): HostTimes | undefined {
  if (process.platform !== 'linux')
    return timesOf(cpus().flatMap((cpu) => [cpu.times.user + cpu.times.nice + cpu.times.sys + cpu.times.irq, cpu.times.idle]))
  const text = unlessRefused(() => readFileSync('/proc/stat', 'latin1'))
  if (text === undefined) return undefined
  const line = text.split('\n', 1)[0] ?? ''
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = line.split(/\s+/).slice(1).map(Number)
  return { busy: user + nice + system + irq + softirq + steal, total: user + nice + system + idle + iowait + irq + softirq + steal }
}

function unlessRefused<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (errnoOf(error) !== undefined) return undefined
    throw error
  }
}

/** From busy and idle times in turns. */
function timesOf(pairs: readonly number[]): HostTimes {
  const total = pairs.reduce((sum, value) => sum + value, 0)
  const busy = pairs.reduce((sum, value, index) => (index % 2 === 0 ? sum + value : sum), 0)
  return { busy, total }
}
