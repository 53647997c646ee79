import { uptime } from 'node:os'

/**
 * Wall clock, ms, at start time 0: the boot, for start times of proc(5) stat, which count clock ticks of 10 ms since then; those of the
 * portable table count from 1970.
 */
export const startEpoch = (sampler: 'procfs' | 'portable', wall: number): number =>
  sampler === 'portable' ? 0 : Math.round(wall - uptime() * 1000)
