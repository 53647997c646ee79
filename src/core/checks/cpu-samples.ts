import { type Identity, identityKey } from '../process/identity.ts'
import { viewProcess } from './process-view.ts'
import type { Rule } from './rule.ts'
import type { World } from './world.ts'

/** CPU times of every process at one moment. */
export interface CpuSample {
  /** Monotonic ms. */
  readonly at: number
  readonly uptimeMs: number | undefined
  /** Clock ticks by identity. */
  readonly ticks: ReadonlyMap<string, number>
}

/** The sample that each window began with, by its length, ms. */
export type CpuSamples = ReadonlyMap<number, CpuSample>

/** Lengths of the windows that these rules look at, ms, the longest first. */
export const windowsOf = (rules: readonly Rule[]): readonly number[] =>
  [
    ...new Set(
      rules.flatMap(({ tests }) =>
        tests.flatMap(({ condition }) => (condition.field === 'cpu' && condition.over.kind === 'window' ? [condition.over.ms] : []))
      )
    )
  ].sort((a, b) => b - a)

export function sampleCpu({ pids, files, uptimeMs }: World, at: number): CpuSample {
  const ticks = new Map<string, number>()
  for (const pid of pids) {
    const view = viewProcess(files, pid)
    if (view.kind === 'known') ticks.set(identityKey(view.value), view.value.cpuTicks)
  }
  return { at, uptimeMs, ticks }
}

/** Ticks used since the sample; undefined: it is not the same process, or was not there yet. */
export function ticksSince(sample: CpuSample, process: Identity & { readonly cpuTicks: number }): number | undefined {
  const before = sample.ticks.get(identityKey(process))
  return before === undefined ? undefined : process.cpuTicks - before
}
