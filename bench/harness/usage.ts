import { readdirSync, readFileSync } from 'node:fs'

/** Resident size of one process, bytes (/proc/pid/status, VmRSS). */
export function residentBytes(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(match?.[1] ?? Number.NaN) * 1024
}

/** CPU time of all threads that live now, ms, from the scheduler's nanoseconds (/proc/pid/task/tid/schedstat). */
export function cpuMs(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`)
  return threads.reduce((sum, tid) => sum + Number(readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'utf8').split(' ')[0]) / 1e6, 0)
}

/** CPU ms a second over `seconds`. */
export async function cpuRate(pid: number, seconds: number): Promise<number> {
  const before = cpuMs(pid)
  const at = performance.now()
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  return (cpuMs(pid) - before) / ((performance.now() - at) / 1000)
}

/** Descriptors that a process holds. */
export const openDescriptors = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length
