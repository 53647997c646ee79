import { closeSync, readlinkSync } from 'node:fs'
import type { Result } from '../errors.ts'
import { errnoOf, failure, success } from '../errors.ts'
import { errnoName } from './errno.ts'
import { type Libc, libc, libcReason } from './libc.ts'
import { EVENT_EXEC, EVENT_EXIT, EVENT_FORK, openEventQueue, type ProcessEvents } from './process-events.ts'

const X64 = process.arch === 'x64'
const SYS_SOCKET = X64 ? 41 : 198
const SYS_BIND = X64 ? 49 : 200
const SYS_SENDTO = X64 ? 44 : 206
const SYS_SETSOCKOPT = X64 ? 54 : 208

const AF_NETLINK = 16
const SOCK_DGRAM_CLOEXEC_NONBLOCK = 2 | 0x80000 | 0x800
const NETLINK_CONNECTOR = 11
const CN_IDX_PROC = 1
const SOL_SOCKET = 1
const SO_RCVBUF = 8
const SO_RCVBUFFORCE = 33
/** Nothing was lost at 25,000 forks a second with this much. */
const RECEIVE_BYTES = 16 * 1024 * 1024

/** linux/cn_proc.h. */
const PROC_CN_MCAST_LISTEN = 1
const WANTED_EVENTS = (EVENT_FORK | EVENT_EXEC | EVENT_EXIT) >>> 0
/** After nlmsghdr and cn_msg. */
const BODY_AT = 36

/** The initial pid namespace has this fixed inode; linux/proc_ns.h, PROC_PID_INIT_INO. */
const INITIAL_PID_NAMESPACE = 'pid:[4026531836]'

export interface ProcessConnector {
  /** Hands over everything that waits. `lost`: the kernel dropped events; look at everything again. */
  drain(events: ProcessEvents): 'complete' | 'lost'
  close(): void
}

/**
 * Listens to fork, exec and exit of all processes; netlink(7), linux/cn_proc.h.
 * Errors: facility-missing (no native calls, or a private pid namespace, whose pids the kernel does not use here),
 * ECONNREFUSED (a private network namespace), EPERM (not allowed before Linux 6.6), EPROTONOSUPPORT (kernel without it).
 */
export function openProcessConnector(): Result<ProcessConnector> {
  const c = libc()
  if (c === undefined) return failure('facility-missing', libcReason())
  if (ownPidNamespace() !== INITIAL_PID_NAMESPACE) {
    return failure('facility-missing', 'the kernel reports the pids of the initial namespace, and this is a private one')
  }
  const opened = c.syscall(SYS_SOCKET, AF_NETLINK, SOCK_DGRAM_CLOEXEC_NONBLOCK, NETLINK_CONNECTOR)
  if (opened.value === -1) return refused('socket', opened.errno)
  const socket = opened.value
  const subscribed = subscribe(c, socket)
  if (!subscribed.ok) {
    closeSync(socket)
    return subscribed
  }
  const queue = openEventQueue(c, socket)
  const answer = queue.acknowledgement()
  if (answer !== 0) {
    closeSync(socket)
    return refused('subscription', answer)
  }
  return success({ drain: queue.drain, close: () => closeSync(socket) })
}

const refused = (step: string, errno: number): Result<never> =>
  failure(errnoName(errno), `the ${step} of the kernel's process events failed with ${errnoName(errno)}`)

function ownPidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch (error) {
    if (errnoOf(error) !== undefined) return ''
    throw error
  }
}

function subscribe(c: Libc, socket: number): Result<undefined> {
  const size = Buffer.from(new ArrayBuffer(4))
  size.writeInt32LE(RECEIVE_BYTES)
  if (c.syscall(SYS_SETSOCKOPT, socket, SOL_SOCKET, SO_RCVBUFFORCE, size, 4).value === -1) {
    c.syscall(SYS_SETSOCKOPT, socket, SOL_SOCKET, SO_RCVBUF, size, 4)
  }
  const address = Buffer.from(new ArrayBuffer(12))
  address.writeUInt16LE(AF_NETLINK, 0)
  address.writeUInt32LE(CN_IDX_PROC, 8)
  const bound = c.syscall(SYS_BIND, socket, address, 12)
  if (bound.value === -1) return refused('binding', bound.errno)
  // the short form is what old kernels know; newer ones then narrow it down to the events wanted
  for (const body of [[PROC_CN_MCAST_LISTEN], [PROC_CN_MCAST_LISTEN, WANTED_EVENTS]]) {
    const message = subscription(body)
    const sent = c.syscall(SYS_SENDTO, socket, message, message.length, 0, null, 0)
    if (sent.value === -1) return refused('subscription', sent.errno)
  }
  return success(undefined)
}

/** nlmsghdr, cn_msg and the words of the request. */
function subscription(body: readonly number[]): Buffer {
  const length = BODY_AT + body.length * 4
  const message = Buffer.from(new ArrayBuffer(length))
  message.writeUInt32LE(length, 0)
  message.writeUInt16LE(3, 4) // NLMSG_DONE
  message.writeUInt32LE(process.pid, 12)
  message.writeUInt32LE(CN_IDX_PROC, 16)
  message.writeUInt32LE(1, 20) // CN_VAL_PROC
  message.writeUInt16LE(body.length * 4, 32)
  body.forEach((word, i) => {
    message.writeUInt32LE(word, BODY_AT + i * 4)
  })
  return message
}
