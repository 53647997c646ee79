import { closeSync } from 'node:fs'
import type { Result } from '../errors.ts'
import { failure, success } from '../errors.ts'
import { errnoName } from './errno.ts'
import { type Libc, libc, libcReason } from './libc.ts'

const X64 = process.arch === 'x64'
const SYS_EPOLL_CREATE1 = X64 ? 291 : 20
const SYS_EPOLL_CTL = X64 ? 233 : 21
const SYS_EPOLL_PWAIT = X64 ? 281 : 22
const EPOLL_CLOEXEC = 0x80000
const EPOLL_CTL_ADD = 1
const EPOLL_CTL_DEL = 2
const EPOLLIN = 1
/** One report for each descriptor: an unread dead pidfd stays readable and would spin. */
const EPOLLONESHOT = 1 << 30
/** struct epoll_event is packed on x86-64 alone; epoll_ctl(2), linux/eventpoll.h. */
const EVENT_BYTES = X64 ? 12 : 16
const EVENT_DATA_AT = X64 ? 4 : 8
const BATCH = 256

/** Tells once when a descriptor becomes readable, through the event loop of Node, without threads. */
export interface ReadinessWatch {
  /**
   * Calls `onReady` once; the descriptor is out of the watch by then. Errors: EBADF, EPERM (a regular file), EEXIST, ENOSPC, ENOMEM,
   * facility-missing after `close`.
   */
  add(descriptor: number, onReady: () => void): Result<undefined>
  /** Must come before the descriptor is closed. Harmless for one that is not watched. */
  remove(descriptor: number): void
  close(): void
}

/** A poll handle that is garbage-collected stops firing: those in use are held here. */
const inUse = new Set<object>()

/**
 * The only user of koffi.node.poll (uv_poll, undocumented): one handle, on one private epoll descriptor that holds all others.
 * libuv never sees the descriptors themselves, so none of what it aborts on (bad, regular or doubly polled files,
 * numbers reused before the handle was closed) can reach it. `onError` gets what a callback throws.
 * Errors: facility-missing, EMFILE, ENFILE, ENOMEM.
 */
export function createReadinessWatch(onError: (error: unknown) => void): Result<ReadinessWatch> {
  const c = libc()
  if (c === undefined) return failure('facility-missing', libcReason())
  const created = c.syscall(SYS_EPOLL_CREATE1, EPOLL_CLOEXEC)
  if (created.value === -1) return failure(errnoName(created.errno), `epoll_create1 failed with ${errnoName(created.errno)}`)
  return success(watchWith(c, created.value, onError))
}

function watchWith(c: Libc, epoll: number, onError: (error: unknown) => void): ReadinessWatch {
  const event = Buffer.from(new ArrayBuffer(16))
  const batch = Buffer.from(new ArrayBuffer(EVENT_BYTES * BATCH))
  /** By token, not by descriptor: a number that was closed and reused is not mistaken for the one that was added. */
  const waiting = new Map<number, { readonly descriptor: number; readonly onReady: () => void }>()
  const tokens = new Map<number, number>()
  let nextToken = 1
  let closed = false

  const control = (operation: number, descriptor: number): number => {
    const { value, errno } = c.syscall(SYS_EPOLL_CTL, epoll, operation, descriptor, event)
    return value === 0 ? 0 : errno
  }

  const remove = (descriptor: number): void => {
    const token = tokens.get(descriptor)
    if (token === undefined || closed) return
    tokens.delete(descriptor)
    waiting.delete(token)
    control(EPOLL_CTL_DEL, descriptor)
  }

  const fire = (token: number): void => {
    const entry = waiting.get(token)
    if (entry === undefined) return
    remove(entry.descriptor)
    try {
      entry.onReady()
    } catch (error) {
      onError(error)
    }
  }

  const dispatch = (): void => {
    for (let count = BATCH; count === BATCH && !closed; ) {
      count = c.syscall(SYS_EPOLL_PWAIT, epoll, batch, BATCH, 0, null, 8).value
      const ready: number[] = []
      for (let i = 0; i < count; i++) ready.push(Number(batch.readBigUInt64LE(i * EVENT_BYTES + EVENT_DATA_AT)))
      for (const token of ready) if (!closed) fire(token)
    }
  }

  // the callback swallows exceptions, so none may leave it
  const handle = c.koffi.node.poll(epoll, { readable: true }, () => {
    try {
      dispatch()
    } catch (error) {
      onError(error)
    }
  })
  handle.unref()
  inUse.add(handle)

  return {
    add(descriptor, onReady) {
      if (closed) return failure('facility-missing', 'the watch was closed')
      const token = nextToken++
      event.writeUInt32LE((EPOLLIN | EPOLLONESHOT) >>> 0, 0)
      event.writeBigUInt64LE(BigInt(token), EVENT_DATA_AT)
      const errno = control(EPOLL_CTL_ADD, descriptor)
      if (errno !== 0) return failure(errnoName(errno), `descriptor ${descriptor} cannot be watched: ${errnoName(errno)}`)
      const stale = tokens.get(descriptor)
      if (stale !== undefined) waiting.delete(stale)
      waiting.set(token, { descriptor, onReady })
      tokens.set(descriptor, token)
      return success(undefined)
    },
    remove,
    close() {
      if (closed) return
      closed = true
      waiting.clear()
      tokens.clear()
      // the handle first, then its descriptor
      handle.close()
      inUse.delete(handle)
      closeSync(epoll)
    }
  }
}
