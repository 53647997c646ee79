import { chmodSync, chownSync, lstatSync, unlinkSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { dirname } from 'node:path'
import { errnoOf, failure, type Result, success } from '../errors.ts'
import { type FileLock, lockFile } from './flock.ts'
import { libc } from './libc.ts'

export type SocketMode = 0o600 | 0o660 | 0o666

export interface SocketOptions {
  /** A path, or an abstract name as `@name`. */
  readonly address: string
  /** Of a path; an abstract name has none. */
  readonly mode: SocketMode
  /** Of a path: the group that gets it; undefined: our own. */
  readonly gid?: number | undefined
  /** Listens instead of a plain one; its connections must be half-open ones. */
  readonly server?: Server
}

/** A listening socket that is ours alone. */
export interface ListeningSocket {
  readonly server: Server
  /** What really holds: without native calls nobody but the owner may connect. */
  readonly mode: SocketMode | undefined
  /** Takes the file away too. */
  close(): Promise<void>
}

/** struct sockaddr_un; unix(7). */
const LONGEST_PATH = 107
const STICKY = 0o1000
/** A client that has said everything may still wait for an answer. */
const OPTIONS = { allowHalfOpen: true }

/**
 * Listens. A socket on which somebody listens is never taken over, a stale one is replaced; two that start at once are kept
 * apart by a lock beside the socket. Errors: `in-use`, `unsafe-folder`, `not-a-socket`, `locked`, ENAMETOOLONG,
 * facility-missing (an abstract name without native calls), and those of bind(2) and open(2).
 */
export async function listenOn({ address, mode, gid, server = createServer(OPTIONS) }: SocketOptions): Promise<Result<ListeningSocket>> {
  if (Buffer.byteLength(address) > LONGEST_PATH) {
    return failure('ENAMETOOLONG', `the socket ${address} is longer than ${LONGEST_PATH} bytes`)
  }
  return address.startsWith('@') ? listenAbstract(address, server) : listenAtPath(address, server, mode, gid)
}

async function listenAbstract(address: string, server: Server): Promise<Result<ListeningSocket>> {
  if (libc() === undefined) {
    return failure(
      'facility-missing',
      `${address}: everybody can connect to an abstract socket, and without native calls nobody can be told apart`
    )
  }
  const bound = await bind(server, `\0${address.slice(1)}`, address)
  return bound.ok ? success({ server, mode: undefined, close: () => closeServer(server) }) : bound
}

async function listenAtPath(path: string, server: Server, wanted: SocketMode, gid: number | undefined): Promise<Result<ListeningSocket>> {
  const unsafe = unsafeFolder(dirname(path))
  if (unsafe !== undefined) return failure('unsafe-folder', unsafe)
  const lock = libc() === undefined ? success<FileLock>({ release: () => undefined }) : lockFile(`${path}.lock`)
  if (!lock.ok) return lock.error.code === 'locked' ? inUse(path) : lock
  const mode = libc() === undefined ? 0o600 : wanted
  const bound = await replaceStale(server, path, () => open(path, mode, libc() === undefined ? undefined : gid))
  if (!bound.ok) {
    lock.value.release()
    return bound
  }
  const close = async (): Promise<void> => {
    await closeServer(server)
    lock.value.release()
  }
  return success({ server, mode, close })
}

async function replaceStale(server: Server, path: string, letIn: () => Result<unknown>): Promise<Result<unknown>> {
  const there = kindOf(path)
  if (!there.ok) return there
  if (there.value === 'other') return failure('not-a-socket', `${path} is there and is no socket; it is left alone`)
  if (there.value === 'socket') {
    const living = await isLive(path)
    if (!living.ok) return living
    if (living.value) return inUse(path)
    const removed = attempt(`the stale socket ${path} cannot be removed`, () => void unlinkSync(path))
    if (!removed.ok) return removed
  }
  const bound = await bind(server, path, path)
  if (!bound.ok) return bound
  const open = letIn()
  if (!open.ok) await closeServer(server)
  return open
}

/** The group first: nobody of another one may connect meanwhile. */
function open(path: string, mode: SocketMode, gid: number | undefined): Result<unknown> {
  const given =
    gid === undefined ? success(undefined) : attempt(`${path} cannot be given to group ${gid}`, () => void chownSync(path, -1, gid))
  return given.ok ? attempt(`the mode of ${path} cannot be set`, () => void chmodSync(path, mode)) : given
}

const inUse = (address: string): Result<never> => failure('in-use', `somebody listens on ${address} already`)

function kindOf(path: string): Result<'nothing' | 'socket' | 'other'> {
  const found = attempt(`${path} cannot be looked at`, () => lstatSync(path, { throwIfNoEntry: false }))
  if (!found.ok) return found
  return success(found.value === undefined ? 'nothing' : found.value.isSocket() ? 'socket' : 'other')
}

/** Whether somebody accepts connections there. */
function isLive(path: string): Promise<Result<boolean>> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.on('connect', () => {
      socket.destroy()
      resolve(success(true))
    })
    socket.on('error', (error) => {
      const code = errnoOf(error)
      if (code === 'ECONNREFUSED' || code === 'ENOENT') return resolve(success(false))
      // its queue is full: somebody is there
      if (code === 'EAGAIN') return resolve(success(true))
      resolve(failure(code ?? 'unknown', `whether somebody listens on ${path} cannot be told: ${code ?? error.message}`))
    })
  })
}

/** Nobody can connect before the mode is set: the file is made without any rights for others. */
function bind(server: Server, path: string, shown: string): Promise<Result<undefined>> {
  return new Promise((resolve) => {
    server.once('error', (error) => {
      const code = errnoOf(error) ?? 'unknown'
      resolve(code === 'EADDRINUSE' ? inUse(shown) : failure(code, `${shown} cannot be listened on: ${code}`))
    })
    const umask = process.umask(0o177)
    try {
      server.listen({ path, backlog: 4096 }, () => resolve(success(undefined)))
    } finally {
      process.umask(umask)
    }
  })
}

const closeServer = (server: Server): Promise<void> => new Promise((resolve) => void server.close(() => resolve()))

/** Others could put another socket in its place; in a sticky folder such as /tmp they cannot. */
function unsafeFolder(folder: string): string | undefined {
  const found = attempt(`the folder ${folder}`, () => lstatSync(folder, { throwIfNoEntry: false }))
  if (!found.ok) return found.error.message
  if (found.value === undefined) return `the folder ${folder} is not there`
  const { uid, mode } = found.value
  if (!found.value.isDirectory()) return `${folder} is no folder`
  if (uid !== 0 && uid !== process.geteuid?.()) return `the folder ${folder} belongs to uid ${uid}, expected root or our own`
  return (mode & 0o022) !== 0 && (mode & STICKY) === 0 ? `others can write to the folder ${folder}; run: chmod go-w ${folder}` : undefined
}

function attempt<T>(what: string, act: () => T): Result<T> {
  try {
    return success(act())
  } catch (error) {
    const code = errnoOf(error)
    if (code === undefined) throw error
    return failure(code, `${what}: ${code}`)
  }
}
