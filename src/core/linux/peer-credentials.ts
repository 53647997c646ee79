import type { Socket } from 'node:net'
import { failure, type Result, success } from '../errors.ts'
import { errnoName } from './errno.ts'
import { libc, libcReason } from './libc.ts'

/** socket(7), asm-generic/socket.h; the same on every architecture that there is a prebuilt koffi for. */
const SOL_SOCKET = 1
const SO_PEERCRED = 17
const SO_PEERGROUPS = 59
const SO_PEERPIDFD = 77
const UCRED_BYTES = 12
/** NGROUPS_MAX of Linux, each 4 bytes; credentials(7). */
const GROUPS_BYTES = 65_536 * 4

/** Who connected a Unix socket, as the kernel wrote it down then; unix(7), SO_PEERCRED. */
export interface PeerCredentials {
  /** In our pid namespace; 0: it cannot be seen from there. */
  readonly pid: number
  /** In our user namespace; the overflow uid where it is not mapped. */
  readonly uid: number
  readonly gid: number
}

type GetSocketOption = (fd: number, level: number, option: number, value: Buffer, length: Buffer) => number

let getSocketOption: GetSocketOption | undefined
const value = Buffer.from(new ArrayBuffer(UCRED_BYTES))
const length = Buffer.from(new ArrayBuffer(4))

/** The option's bytes in `into`; gives how many. */
function readOption(fd: number, option: number, bytes: number, into = value): Result<number> {
  const c = libc()
  if (c === undefined) return failure('facility-missing', libcReason())
  getSocketOption ??= c.func('int getsockopt(int, int, int, void *, void *)') as unknown as GetSocketOption
  new Uint32Array(length.buffer)[0] = bytes
  if (getSocketOption(fd, SOL_SOCKET, option, into, length) === 0) return success(new Uint32Array(length.buffer)[0] ?? 0)
  const code = errnoName(c.errno())
  return failure(code, `getsockopt of option ${option} on descriptor ${fd} failed with ${code}`)
}

/** Errors: facility-missing (no native calls), EBADF, ENOTSOCK. */
export function peerCredentials(fd: number): Result<PeerCredentials> {
  const read = readOption(fd, SO_PEERCRED, UCRED_BYTES)
  if (!read.ok) return read
  const [pid = 0, uid = 0, gid = 0] = new Uint32Array(value.buffer)
  return success({ pid, uid, gid })
}

/**
 * A pidfd of exactly the process that connected; to be closed with `closePidfd`.
 * Errors: ENOPROTOOPT (Linux < 6.5), ESRCH or EINVAL (it is gone, on kernels that do not keep it), EMFILE, facility-missing.
 */
export function peerPidfd(fd: number): Result<number> {
  const read = readOption(fd, SO_PEERPIDFD, 4)
  return read.ok ? success(new Int32Array(value.buffer)[0] ?? -1) : read
}

/**
 * The supplementary groups of the process that connected, as they were then; SO_PEERGROUPS.
 * Errors: ENOPROTOOPT (Linux < 4.13), ENODATA, facility-missing.
 */
export function peerGroups(fd: number): Result<readonly number[]> {
  const groups = Buffer.from(new ArrayBuffer(GROUPS_BYTES))
  const read = readOption(fd, SO_PEERGROUPS, GROUPS_BYTES, groups)
  return read.ok ? success([...new Uint32Array(groups.buffer, 0, Math.floor(read.value / 4))]) : read
}

/** Node gives the descriptor of a socket to nobody; the handle has it. -1 where there is none. */
export function descriptorOf(socket: Socket): number {
  const { _handle: handle } = socket as Socket & { readonly _handle?: { readonly fd?: number } | null }
  return handle?.fd ?? -1
}
