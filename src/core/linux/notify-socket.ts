import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { errnoOf, failure, type Result, success } from '../errors.ts'
import type { Cancel, Clock } from '../ports.ts'
import { type DatagramSocket, openDatagramSocket } from './unix-datagram.ts'

/** Longer messages are left out, as systemd does. */
export const MAX_NOTIFY_BYTES = 4096
/** How often the socket is read while somebody waits for a message, and while nobody does (so that no sender ever blocks). */
const AWAITED_MS = 50
const IDLE_MS = 1000
/** Read at once; a flood waits for the next turn. */
const MAX_MESSAGES = 64

/** What a process said of itself; sd_notify(3). */
export interface NotifyMessage {
  /** The sender, as the kernel knows it. */
  readonly pid: number
  readonly uid: number
  readonly ready: boolean
  readonly stopping: boolean
  readonly status: string | undefined
}

/** Where one node reports: its value of NOTIFY_SOCKET. */
export interface NotifySocket {
  readonly path: string
  /** Calls for each message from now on. */
  subscribe(listener: (message: NotifyMessage) => void): Cancel
  close(): void
}

/**
 * A datagram socket in a folder of its own that only `owner` (the user of the child; else our own) and root can enter.
 * Errors: facility-missing (no native calls), and those of mkdtemp(3), chown(2) and bind(2) by their names.
 */
export function openNotifySocket(
  clock: Clock,
  owner?: { readonly uid: number; readonly gid: number },
  parent = tmpdir()
): Result<NotifySocket> {
  const folder = privateFolder(parent)
  if (!folder.ok) return folder
  const path = join(folder.value, 'notify')
  const remove = (): void => rmSync(folder.value, { recursive: true, force: true })
  const socket = openDatagramSocket(path, MAX_NOTIFY_BYTES)
  if (!socket.ok) {
    remove()
    return socket
  }
  const given = owner === undefined ? success(undefined) : give([path, folder.value], owner)
  if (!given.ok) {
    socket.value.close()
    remove()
    return given
  }
  return success(readRegularly(clock, path, socket.value, remove))
}

function readRegularly(clock: Clock, path: string, socket: DatagramSocket, remove: () => void): NotifySocket {
  const listeners = new Set<(message: NotifyMessage) => void>()
  let cancel: Cancel | undefined

  const read = (): void => {
    for (let count = 0; count < MAX_MESSAGES && cancel !== undefined; count++) {
      const datagram = socket.receive()
      if (datagram === undefined) break
      const message = parseNotify(datagram.pid, datagram.uid, datagram.data)
      for (const listener of [...listeners]) listener(message)
    }
    if (cancel !== undefined) arm()
  }
  const arm = (): void => {
    cancel?.()
    cancel = clock.after(listeners.size > 0 ? AWAITED_MS : IDLE_MS, read)
  }
  arm()

  return {
    path,
    subscribe(listener) {
      const own = (message: NotifyMessage): void => listener(message)
      listeners.add(own)
      if (cancel !== undefined) arm()
      return () => void listeners.delete(own)
    },
    close() {
      if (cancel === undefined) return
      cancel()
      cancel = undefined
      listeners.clear()
      socket.close()
      remove()
    }
  }
}

/** `NAME=value` lines; the first of each name counts, unknown ones are ignored. */
export function parseNotify(pid: number, uid: number, data: Buffer): NotifyMessage {
  const values = new Map<string, string>()
  for (const line of data.toString('utf8').split('\n')) {
    const equals = line.indexOf('=')
    const name = line.slice(0, equals)
    if (equals > 0 && !values.has(name)) values.set(name, line.slice(equals + 1))
  }
  return { pid, uid, ready: values.get('READY') === '1', stopping: values.get('STOPPING') === '1', status: values.get('STATUS') }
}

function privateFolder(parent: string): Result<string> {
  try {
    return success(mkdtempSync(join(parent, 'tsupervise-'))) // mkdtemp(3) makes it with mode 0700
  } catch (error) {
    return named(error, `no folder for the notify socket could be made in ${parent}`)
  }
}

function give(paths: readonly string[], owner: { readonly uid: number; readonly gid: number }): Result<undefined> {
  try {
    for (const path of paths) chownSync(path, owner.uid, owner.gid)
    return success(undefined)
  } catch (error) {
    return named(error, `the notify socket could not be given to uid ${owner.uid}`)
  }
}

function named(error: unknown, what: string): Result<never> {
  const code = errnoOf(error)
  if (code === undefined) throw error
  return failure(code, `${what}: ${code}`)
}
