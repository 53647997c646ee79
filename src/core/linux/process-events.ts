import { errnoName } from './errno.ts'
import type { Libc } from './libc.ts'

const MSG_DONTWAIT = 0x40

/** linux/cn_proc.h. */
const EVENT_NONE = 0
export const EVENT_FORK = 1
export const EVENT_EXEC = 2
export const EVENT_EXIT = 0x80000000
/** struct proc_event after nlmsghdr (16) and cn_msg (20); its union after what, cpu and the stamp. */
const EVENT_AT = 36
const STAMP_AT = EVENT_AT + 8
const DATA_AT = EVENT_AT + 16

const SLOTS = 256
const SLOT_BYTES = 128
const IOVEC_BYTES = 16
/** struct mmsghdr of recvmmsg(2) on 64 bits. */
const MMSGHDR_BYTES = 64
const IOV_AT = 16
const IOVLEN_AT = 24
const MSG_LEN_AT = 56
/** A storm is read in portions, so that the event loop goes on. */
const MOST_BATCHES = 256

/** What happens to processes (thread groups) of the whole host. Stamps are CLOCK_MONOTONIC, ns. */
export interface ProcessEvents {
  fork(parent: number, child: number, stampNs: bigint): void
  /** The process has a further thread. */
  thread(pid: number): void
  exec(pid: number, stampNs: bigint): void
  /** The first thread has ended; others may live on. `waitStatus` as of wait(2). */
  exit(pid: number, waitStatus: number, stampNs: bigint): void
  /** A further thread of the process has ended. */
  threadEnded?(pid: number, tid: number, waitStatus: number, stampNs: bigint): void
}

interface EventQueue {
  /** errno of the kernel's answer to the subscription; 0: accepted, or no answer on this kernel. */
  acknowledgement(): number
  /** Hands over what waits. `lost`: the kernel had to drop events. */
  drain(events: ProcessEvents): 'complete' | 'lost'
}

/** Reads the messages of a subscribed connector socket in batches, without blocking and without garbage. */
export function openEventQueue(c: Libc, socket: number): EventQueue {
  // one piece of memory: the kernel follows addresses in it that the garbage collector does not see
  const memory = new ArrayBuffer(SLOTS * (SLOT_BYTES + IOVEC_BYTES + MMSGHDR_BYTES))
  const slots = Buffer.from(memory, 0, SLOTS * SLOT_BYTES)
  const vectors = Buffer.from(memory, SLOTS * SLOT_BYTES, SLOTS * IOVEC_BYTES)
  const headers = Buffer.from(memory, SLOTS * (SLOT_BYTES + IOVEC_BYTES), SLOTS * MMSGHDR_BYTES)
  const slotsAt = c.koffi.address(slots)
  const vectorsAt = slotsAt + BigInt(SLOTS * SLOT_BYTES)
  const headersAt = vectorsAt + BigInt(SLOTS * IOVEC_BYTES)
  for (let i = 0; i < SLOTS; i++) {
    vectors.writeBigUInt64LE(slotsAt + BigInt(i * SLOT_BYTES), i * IOVEC_BYTES)
    vectors.writeBigUInt64LE(BigInt(SLOT_BYTES), i * IOVEC_BYTES + 8)
    headers.writeBigUInt64LE(vectorsAt + BigInt(i * IOVEC_BYTES), i * MMSGHDR_BYTES + IOV_AT)
    headers.writeBigUInt64LE(1n, i * MMSGHDR_BYTES + IOVLEN_AT)
  }

  const recvmmsg = c.func('int recvmmsg(int, long, unsigned int, int, long)')
  const headersNumber = Number(headersAt)

  const receive = (): number | 'empty' | 'lost' | 'interrupted' => {
    const value = Number(recvmmsg(socket, headersNumber, SLOTS, MSG_DONTWAIT, 0))
    if (value !== -1) return value
    const code = errnoName(c.errno())
    if (code === 'EAGAIN') return 'empty'
    if (code === 'ENOBUFS') return 'lost'
    if (code === 'EINTR') return 'interrupted'
    throw new Error(`reading process events failed with ${code}`)
  }

  const lengthOf = (slot: number): number => headers.readUInt32LE(slot * MMSGHDR_BYTES + MSG_LEN_AT)

  return {
    acknowledgement() {
      const count = receive()
      if (typeof count === 'string') return 0
      for (let slot = 0; slot < count; slot++) {
        const at = slot * SLOT_BYTES
        if (lengthOf(slot) < DATA_AT + 4 || slots.readUInt32LE(at + EVENT_AT) !== EVENT_NONE) continue
        const errno = slots.readUInt32LE(at + DATA_AT)
        if (errno !== 0) return errno
      }
      return 0
    },
    drain(events) {
      let outcome: 'complete' | 'lost' = 'complete'
      for (let batches = 0; batches < MOST_BATCHES; batches++) {
        const received = receive()
        if (received === 'empty') return outcome
        if (received === 'lost') outcome = 'lost'
        if (typeof received === 'string') continue
        for (let slot = 0; slot < received; slot++) deliver(slots, slot * SLOT_BYTES, lengthOf(slot), events)
        // less than asked for: that was all; a loss would have been told first
        if (received < SLOTS) return outcome
      }
      return outcome
    }
  }
}

/** Passes on one message; cut messages are left out. */
function deliver(slots: Buffer, at: number, length: number, events: ProcessEvents): void {
  if (length < DATA_AT + 16) return
  const data = at + DATA_AT
  const pid = slots.readUInt32LE(data)
  const group = slots.readUInt32LE(data + 4)
  const what = slots.readUInt32LE(at + EVENT_AT)
  if (what === EVENT_FORK) {
    const child = slots.readUInt32LE(data + 8)
    const childGroup = slots.readUInt32LE(data + 12)
    if (child === childGroup) events.fork(group, child, slots.readBigUInt64LE(at + STAMP_AT))
    else events.thread(childGroup)
  } else if (what === EVENT_EXEC) {
    events.exec(group, slots.readBigUInt64LE(at + STAMP_AT))
  } else if (what === EVENT_EXIT && pid === group) {
    events.exit(pid, slots.readUInt32LE(data + 8), slots.readBigUInt64LE(at + STAMP_AT))
  } else if (what === EVENT_EXIT) {
    events.threadEnded?.(group, pid, slots.readUInt32LE(data + 8), slots.readBigUInt64LE(at + STAMP_AT))
  }
}
