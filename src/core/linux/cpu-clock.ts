import { errnoName } from './errno.ts'
import { type Libc, libc } from './libc.ts'

/** Clock ids of clock_gettime(2). */
const CLOCK_MONOTONIC = 1
const CLOCK_BOOTTIME = 7
/** The process-wide scheduler clock in a clock id made of a pid (linux/posix-timers.h: CPUCLOCK_SCHED). */
const CPUCLOCK_SCHED = 2

/** No such process, or it was reaped. */
export const CLOCK_GONE = -1

const timespec = Buffer.from(new ArrayBuffer(16))
const words = new Uint32Array(timespec.buffer)

type ClockGettime = (id: number, timespec: number) => number
let clockGettime: { readonly call: ClockGettime; readonly address: number } | undefined

function declare(c: Libc): { readonly call: ClockGettime; readonly address: number } {
  clockGettime ??= {
    call: c.func('int clock_gettime(int, long)') as unknown as ClockGettime,
    address: Number(c.koffi.address(timespec))
  }
  return clockGettime
}

/**
 * Reads the CPU time that a process has used, in ms with ns resolution: all threads, ended ones too, zombies too.
 * CLOCK_GONE once it was reaped. undefined: no native calls. Not a proof of identity: the id is made of the pid.
 */
export function createCpuClock(): ((pid: number) => number) | undefined {
  const c = libc()
  if (c === undefined) return undefined
  const { call, address } = declare(c)
  return (pid) => {
    if (call((~pid << 3) | CPUCLOCK_SCHED, address) !== 0) return CLOCK_GONE
    // tv_sec below 2^32 (136 years) in word 0, tv_nsec in word 2
    return (words[0] ?? 0) * 1000 + (words[2] ?? 0) / 1e6
  }
}

/** What CLOCK_BOOTTIME is ahead of CLOCK_MONOTONIC (time spent suspended), ns; 0 without native calls. */
export function bootOffsetNs(): bigint {
  const c = libc()
  if (c === undefined) return 0n
  const { call, address } = declare(c)
  const read = (id: number): bigint => {
    if (call(id, address) !== 0) throw new Error(`clock_gettime of clock ${id} failed with ${errnoName(c.errno())}`)
    return timespec.readBigInt64LE(0) * 1_000_000_000n + timespec.readBigInt64LE(8)
  }
  const before = read(CLOCK_MONOTONIC)
  const boot = read(CLOCK_BOOTTIME)
  const after = read(CLOCK_MONOTONIC)
  return boot - (before + after) / 2n
}
