import type { Result } from '../errors.ts'
import { failure, success } from '../errors.ts'
import type { ExitStatus } from '../receipt.ts'
import { errnoName } from './errno.ts'
import { exitStatusOf } from './exit-status.ts'
import { libc, libcReason } from './libc.ts'

const X64 = process.arch === 'x64'
const SYS_PRCTL = X64 ? 157 : 167
const SYS_WAIT4 = X64 ? 61 : 260
const SYS_WAITID = X64 ? 247 : 95
/** prctl(2), linux/prctl.h. */
const PR_SET_CHILD_SUBREAPER = 36
const WNOHANG = 1
const WEXITED = 4
const WNOWAIT = 0x01000000
const P_ALL = 0
const P_PID = 1
/** In siginfo_t of SIGCHLD; sigaction(2). */
const SI_PID_AT = 16

/**
 * Whether orphaned descendants become children of this process instead of init's; PR_SET_CHILD_SUBREAPER(2const).
 * Errors: facility-missing without native calls, EINVAL before Linux 3.4.
 */
export function setSubreaper(wanted: boolean): Result<undefined> {
  const c = libc()
  if (c === undefined) return failure('facility-missing', libcReason())
  const { value, errno } = c.syscall(SYS_PRCTL, PR_SET_CHILD_SUBREAPER, wanted ? 1 : 0)
  if (value === 0) return success(undefined)
  const code = errnoName(errno)
  return failure(code, `prctl(PR_SET_CHILD_SUBREAPER) failed with ${code}`)
}

export type Reaped =
  | {
      readonly outcome: 'reaped'
      readonly exit: ExitStatus /** User and system time with that of its waited-for children, ms. */
      readonly cpuMs: number
    }
  | { readonly outcome: 'running' }
  /** Not a child of this process (any more). */
  | { readonly outcome: 'not-a-child' }

const siginfo = Buffer.from(new ArrayBuffer(128))
const status = Buffer.from(new ArrayBuffer(4))
const rusage = Buffer.from(new ArrayBuffer(144))

/** Takes the status of exactly this child if it is a zombie; never blocks; wait4(2). `not-a-child` without native calls. */
export function reap(pid: number): Reaped {
  const c = libc()
  if (c === undefined || pid <= 0) return { outcome: 'not-a-child' }
  const { value, errno } = c.syscall(SYS_WAIT4, pid, status, WNOHANG, rusage)
  if (value === pid) return { outcome: 'reaped', exit: exitStatusOf(status.readInt32LE(0)), cpuMs: timevalMs(0) + timevalMs(16) }
  if (value === 0) return { outcome: 'running' }
  const code = errnoName(errno)
  if (code === 'ECHILD') return { outcome: 'not-a-child' }
  throw new Error(`wait4 of process ${pid} failed with ${code}`)
}

/** Whether this is a child of this process that has ended and was not waited for; takes nothing; waitid(2). */
export function isEndedChild(pid: number): boolean {
  const c = libc()
  if (c === undefined || pid <= 0) return false
  siginfo.fill(0)
  const { value } = c.syscall(SYS_WAITID, P_PID, pid, siginfo, WEXITED | WNOHANG | WNOWAIT, null)
  return value === 0 && siginfo.readInt32LE(0) !== 0
}

/** Any child of this process that has ended and was not waited for; takes nothing; waitid(2). */
export function someEndedChild(): number | undefined {
  const c = libc()
  if (c === undefined) return undefined
  siginfo.fill(0)
  const { value } = c.syscall(SYS_WAITID, P_ALL, 0, siginfo, WEXITED | WNOHANG | WNOWAIT, null)
  return value === 0 && siginfo.readInt32LE(0) !== 0 ? siginfo.readInt32LE(SI_PID_AT) : undefined
}

const timevalMs = (at: number): number => Number(rusage.readBigInt64LE(at)) * 1000 + Number(rusage.readBigInt64LE(at + 8)) / 1000
