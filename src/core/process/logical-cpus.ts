import { readFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { dirname, join } from 'node:path'
import { errnoOf } from '../errors.ts'
import type { Compat } from '../settings.ts'

/**
 * The CPUs that a percentage of "all logical CPUs" refers to: what the affinity allows (sched_getaffinity(2)),
 * or the quota of the cgroup (cpu.max) where that is lower; a fraction is possible. Under osquery's rules the host's count.
 */
export function logicalCpus(options: { readonly compat: Compat; readonly cgroupFolder: string | undefined }): number {
  if (options.compat === 'osquery') return Math.max(1, cpus().length)
  const quota = options.cgroupFolder === undefined ? Number.POSITIVE_INFINITY : cgroupQuota(options.cgroupFolder)
  return Math.min(availableParallelism(), quota)
}

/** The lowest cpu.max from this cgroup up to the root of the mount, in CPUs; Infinity without a limit. */
function cgroupQuota(folder: string): number {
  const own = parseCpuMax(readText(join(folder, 'cpu.max')))
  const parent = dirname(folder)
  const isRoot = readText(join(parent, 'cgroup.controllers')) === undefined
  return isRoot ? own : Math.min(own, cgroupQuota(parent))
}

/** `max 100000` or `50000 100000` (quota and period, us) to CPUs. */
export function parseCpuMax(text: string | undefined): number {
  const [quota, period] = (text ?? 'max').trim().split(/\s+/)
  const cpuCount = Number(quota) / Number(period ?? 100_000)
  return Number.isFinite(cpuCount) && cpuCount > 0 ? cpuCount : Number.POSITIVE_INFINITY
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (errnoOf(error) !== undefined) return undefined
    throw error
  }
}
