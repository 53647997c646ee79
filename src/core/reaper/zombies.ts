import type { Reaped } from '../linux/subreaper.ts'
import type { ExitStatus } from '../receipt.ts'

export interface ZombieReaperOptions {
  /** Children of this process now, zombies included. */
  readonly children: () => readonly number[]
  /** Its status is waited for by somebody else in this process (libuv), or it was here before the supervisor: not to be touched. */
  readonly isLeftAlone: (pid: number) => boolean
  /** Takes the status of one child by its pid, without blocking. */
  readonly reap: (pid: number) => Reaped
  /** Before the status is taken: the last moment at which /proc tells anything about the process. */
  readonly onEnded: (pid: number) => void
  /** `cpuMs`: own and waited-for time. */
  readonly onReaped: (pid: number, exit: ExitStatus, cpuMs: number) => void
  /** Whether this child has ended, without taking its status. */
  readonly isEnded: (pid: number) => boolean
}

/**
 * Reaps orphans that were adopted by the subreaper, one by one and by pid, so that no status is taken that Node waits for;
 * wait4(-1) would take any. Returns the number reaped.
 */
export function reapZombies(options: ZombieReaperOptions): number {
  let reaped = 0
  for (const pid of options.children()) {
    if (reapOne(options, pid)) reaped++
  }
  return reaped
}

/** The same for one child that is known to have ended. */
export function reapOne(options: ZombieReaperOptions, pid: number): boolean {
  if (options.isLeftAlone(pid) || !options.isEnded(pid)) return false
  options.onEnded(pid)
  const taken = options.reap(pid)
  if (taken.outcome !== 'reaped') return false
  options.onReaped(pid, taken.exit, taken.cpuMs)
  return true
}
