import { closeSync } from 'node:fs'
import { constants } from 'node:os'
import type { Result } from '../errors.ts'
import { failure, success } from '../errors.ts'
import type { ExitStatus, SignalOutcome } from '../receipt.ts'
import { errnoName } from './errno.ts'
import { exitStatusOf } from './exit-status.ts'
import { libc, libcReason } from './libc.ts'

/** The same numbers on every architecture; pidfd_open(2), pidfd_send_signal(2). */
const SYS_PIDFD_SEND_SIGNAL = 424
const SYS_PIDFD_OPEN = 434
const SYS_IOCTL = process.arch === 'x64' ? 16 : 29

/** linux/pidfd.h: signal the group that the process leads; Linux 6.9. */
const PIDFD_SIGNAL_PROCESS_GROUP = 4
/** linux/pidfd.h: _IOWR(0xFF, 11, 64 bytes); Linux 6.13, the exit status since 6.15. */
const PIDFD_GET_INFO = 0xc040ff0b
const PIDFD_INFO_EXIT = 8n
const INFO_BYTES = 64
const INFO_EXIT_CODE_AT = 60

const info = Buffer.alloc(INFO_BYTES)

/**
 * A descriptor that refers to this process and to no later one with its number; CLOEXEC, readable once the process has ended.
 * Errors: ESRCH (no such process), EMFILE, ENFILE, ENOMEM, EINVAL (a thread), ENOSYS (Linux < 5.3), facility-missing (no native calls).
 */
export function openPidfd(pid: number): Result<number> {
  const c = libc()
  if (c === undefined) return failure('facility-missing', libcReason())
  const { value, errno } = c.syscall(SYS_PIDFD_OPEN, pid, 0)
  if (value >= 0) return success(value)
  const code = errnoName(errno)
  return failure(code, `pidfd_open of process ${pid} failed with ${code}`)
}

/**
 * Signals the process behind the descriptor, or the group that it leads or led (also after it was reaped).
 * unsupported: no native calls, or a kernel that cannot signal groups this way.
 */
export function signalPidfd(
  fd: number,
  signalNumber: number,
  target: 'process' | 'group'
): Exclude<SignalOutcome, 'recycled'> | 'unsupported' {
  const c = libc()
  if (c === undefined) return 'unsupported'
  const flags = target === 'group' ? PIDFD_SIGNAL_PROCESS_GROUP : 0
  const { value, errno } = c.syscall(SYS_PIDFD_SEND_SIGNAL, fd, signalNumber, null, flags)
  if (value === 0) return 'sent'
  if (errno === constants.errno.ESRCH) return 'gone'
  if (errno === constants.errno.EPERM) return 'denied'
  if (errno === constants.errno.ENOSYS) return 'unsupported'
  if (errno === constants.errno.EINVAL && target === 'group') return 'unsupported'
  throw new Error(`pidfd_send_signal of signal ${signalNumber} to descriptor ${fd} failed with ${errnoName(errno)}`)
}

/** Closes a descriptor of `openPidfd`. A poll handle on it must have been closed before. */
export const closePidfd = (fd: number): void => closeSync(fd)

/**
 * How the process behind the descriptor ended, child of this process or not; undefined while it lives,
 * while it is still a zombie, and on kernels that do not tell (before Linux 6.15).
 */
export function pidfdExit(fd: number): ExitStatus | undefined {
  const c = libc()
  if (c === undefined) return undefined
  info.fill(0)
  info.writeBigUInt64LE(PIDFD_INFO_EXIT, 0)
  if (c.syscall(SYS_IOCTL, fd, PIDFD_GET_INFO, info).value !== 0) return undefined
  if ((info.readBigUInt64LE(0) & PIDFD_INFO_EXIT) === 0n) return undefined
  return exitStatusOf(info.readInt32LE(INFO_EXIT_CODE_AT))
}
