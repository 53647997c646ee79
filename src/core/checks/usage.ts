import { type CpuSamples, ticksSince } from './cpu-samples.ts'
import { map, type ProcessView } from './process-view.ts'
import type { Condition, CpuSpan, Range } from './rule.ts'
import { no, unknown, type Verdict, verdictOf, yes } from './verdict.ts'
import type { World } from './world.ts'

/** The moment of a scan. */
export interface Moment {
  readonly world: World
  /** Monotonic ms. */
  readonly now: number
  readonly cpu: CpuSamples
}

type Cpu = Extract<Condition, { field: 'cpu' }>

const NO_UPTIME = 'the time since boot cannot be seen'

export const isWithin = ({ from, to }: Range, value: number): boolean =>
  (from === undefined || value >= from) && (to === undefined || value <= to)

/** Above the limit; a process that did not live as long as the window is not known to have been. */
export function usesCpu(view: ProcessView, { percent, over }: Cpu, moment: Moment): Verdict {
  if (over.kind === 'lifetime' && moment.world.uptimeMs === undefined) return unknown(NO_UPTIME)
  const used = cpuPercent(view, over, moment)
  if (used === 'recorded') return unknown('no time passes in a recorded tree, so that CPU over a window cannot be measured')
  return used !== undefined && used > percent ? yes : no
}

/** 100 is one core; undefined: cannot be said of this process. */
export function cpuPercent(view: ProcessView, over: CpuSpan, moment: Moment): number | undefined | 'recorded' {
  const { world, now, cpu } = moment
  if (over.kind === 'lifetime') {
    const age = ageMs(view, world)
    return age === undefined || age <= 0 ? undefined : percentOf(view.cpuTicks, age, world)
  }
  const sample = cpu.get(over.ms)
  if (sample === undefined) return undefined
  if (world.self === undefined && sample.uptimeMs === world.uptimeMs) return 'recorded'
  const ticks = ticksSince(sample, view)
  return ticks === undefined || now <= sample.at ? undefined : percentOf(ticks, now - sample.at, world)
}

const percentOf = (ticks: number, ms: number, { ticksPerSecond }: World): number => (ticks * 100_000) / ticksPerSecond / ms

/** ms since its start; undefined: not told. */
export const ageMs = ({ startTime }: ProcessView, { uptimeMs, ticksPerSecond }: World): number | undefined =>
  uptimeMs === undefined ? undefined : uptimeMs - (startTime * 1000) / ticksPerSecond

export const bytesOf = (view: ProcessView, which: 'memory' | 'vsz', { pageBytes }: World) =>
  map(view.memory(), ({ virtual, resident }) => (which === 'vsz' ? virtual : resident) * pageBytes)

export const usesMemory = (view: ProcessView, which: 'memory' | 'vsz', range: Range, world: World): Verdict =>
  verdictOf(bytesOf(view, which, world), (bytes) => isWithin(range, bytes), 'its memory')

export function hasAge(view: ProcessView, range: Range, world: World): Verdict {
  const age = ageMs(view, world)
  if (age === undefined) return unknown(NO_UPTIME)
  return isWithin(range, Math.max(0, age)) ? yes : no
}
