import { connect as openConnection, type Socket } from 'node:net'
import { encodeMessage, MESSAGE_BYTES } from '../core/reaper/protocol.ts'

const REGISTER = 1
const UNREGISTER = 2
const PING = 3
/** Whom a ping names as the child: no process. */
const NOBODY = 0xffff_ffff
/** The largest pid that a kernel gives: pid_t is a signed 32-bit number. */
const MAX_PID = 0x7fff_ffff
/** Messages that may wait for a server that reads too slowly; further ones are refused. */
const MAX_UNSENT_BYTES = 1024 * 1024

/**
 * Why a call failed. `code` is the kernel's name for it (ENOENT and ECONNREFUSED: nobody listens there; EACCES: not
 * for this user; EPIPE and ECONNRESET: the server has gone) or one of
 * `bad-address` (no path, or one that is too long), `bad-pid` (no whole number from 1 to 2147483647),
 * `timeout`, `backlog` (too much is unsent: await ping() now and then), `closed` (by close() or by the server),
 * `protocol` (the server answered something that is no echo).
 */
export class OrphanClientError extends Error {
  override readonly name = 'OrphanClientError'
  readonly code: string

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

/** How a client waits. */
export interface OrphanClientOptions {
  /** How long connect, each ping and close may take, in milliseconds; 10,000 unless told. */
  readonly timeoutMs?: number
}

interface Waiter {
  resolve(): void
  reject(reason: OrphanClientError): void
}

/**
 * A connection to an orphan reaper: "when this parent dies, end this child". Speaks orphand's wire protocol:
 * messages of three uint32 in the host's byte order (parent, child, action) on a Unix stream socket, of which only
 * a ping is answered, by an echo. The server says nothing of a registration that it refuses: it logs it.
 * An open client keeps the process running; close() it.
 *
 *     const client = await OrphanClient.connect()
 *     client.register(process.pid, child.pid)
 *     await client.ping()   // the server has taken the registration
 *     await client.close()
 */
export class OrphanClient {
  readonly #socket: Socket
  readonly #timeoutMs: number
  readonly #ping = encodeMessage({ parent: process.pid, child: NOBODY, code: PING })
  /** Pings without an echo, oldest first: the server answers in order. */
  readonly #waiters: Waiter[] = []
  #echo = Buffer.alloc(0)
  #ended: OrphanClientError | undefined

  private constructor(socket: Socket, timeoutMs: number) {
    this.#socket = socket
    this.#timeoutMs = timeoutMs
    socket.on('data', (bytes: Buffer) => this.#take(bytes))
    socket.on('error', (error) => this.#end(named(error)))
    socket.on('end', () => this.#end(new OrphanClientError('closed', 'the server closed the connection')))
    socket.on('close', () => this.#end(new OrphanClientError('closed', 'the connection is closed')))
  }

  /**
   * Connects to a path, or to an abstract address written `@name`; to $ORPHAND_SOCKET unless told.
   * Rejects with an OrphanClientError: bad-address, timeout, or the kernel's ENOENT, ECONNREFUSED, EACCES, EAGAIN.
   */
  static async connect(
    address = process.env['ORPHAND_SOCKET'] ?? '',
    { timeoutMs = 10_000 }: OrphanClientOptions = {}
  ): Promise<OrphanClient> {
    const path = kernelAddress(address)
    return new Promise((resolve, reject) => {
      const socket = openConnection({ path })
      const fail = (error: OrphanClientError): void => {
        clearTimeout(timer)
        socket.destroy()
        reject(error)
      }
      const timer = setTimeout(() => fail(timedOut(`connecting to ${address}`, timeoutMs)), timeoutMs)
      const failed = (error: Error): void => fail(named(error, `cannot connect to ${address}`))
      socket.once('error', failed)
      socket.once('connect', () => {
        clearTimeout(timer)
        socket.off('error', failed)
        resolve(new OrphanClient(socket, timeoutMs))
      })
    })
  }

  /** End `child` when `parent` is no longer alive. Throws an OrphanClientError: bad-pid, closed, backlog. */
  register(parent: number, child: number): void {
    this.#send(encodeMessage({ parent: pid('parent', parent), child: pid('child', child), code: REGISTER }))
  }

  /** `child` was reaped by its parent, or may now outlive it. Throws as register does. */
  unregister(parent: number, child: number): void {
    this.#send(encodeMessage({ parent: pid('parent', parent), child: pid('child', child), code: UNREGISTER }))
  }

  /**
   * Resolves when the server has taken every earlier message of this connection.
   * Rejects with an OrphanClientError: timeout, closed, protocol, backlog, or the kernel's EPIPE, ECONNRESET.
   */
  async ping(): Promise<void> {
    this.#send(this.#ping)
    return new Promise((resolve, reject) => {
      const late = (): void => reject(timedOut('the echo of a ping', this.#timeoutMs))
      const timer = setTimeout(late, this.#timeoutMs)
      // a waiter that gave up stays in its place: its echo may still come, before those of later pings
      this.#waiters.push({
        resolve: () => {
          clearTimeout(timer)
          resolve()
        },
        reject: (reason) => {
          clearTimeout(timer)
          reject(reason)
        }
      })
    })
  }

  /** Sends what is unsent, then closes; pings without an echo reject with `closed`. May be called again. */
  async close(): Promise<void> {
    this.#end(new OrphanClientError('closed', 'this client was closed'))
    const socket = this.#socket
    if (socket.closed) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => socket.destroy(), this.#timeoutMs)
      socket.once('close', () => {
        clearTimeout(timer)
        resolve()
      })
      socket.destroySoon()
    })
  }

  /** Messages of one turn leave together. */
  #send(message: Buffer): void {
    if (this.#ended !== undefined) throw new OrphanClientError(this.#ended.code, this.#ended.message, { cause: this.#ended })
    const socket = this.#socket
    if (socket.writableLength + MESSAGE_BYTES > MAX_UNSENT_BYTES)
      throw new OrphanClientError('backlog', `the server reads too slowly: ${socket.writableLength} bytes are unsent; await ping() first`)
    if (socket.writableCorked === 0) {
      socket.cork()
      process.nextTick(() => socket.uncork())
    }
    socket.write(message)
  }

  #take(bytes: Buffer): void {
    let rest = this.#echo.length === 0 ? bytes : Buffer.concat([this.#echo, bytes])
    while (rest.length >= MESSAGE_BYTES && this.#ended === undefined) {
      const waiter = this.#waiters.shift()
      if (waiter === undefined || !rest.subarray(0, MESSAGE_BYTES).equals(this.#ping)) {
        waiter?.reject(noEcho())
        this.#end(noEcho())
        this.#socket.destroy()
        return
      }
      waiter.resolve()
      rest = rest.subarray(MESSAGE_BYTES)
    }
    this.#echo = Buffer.from(rest)
  }

  /** The first reason is the one that every later call hears. */
  #end(reason: OrphanClientError): void {
    this.#ended ??= reason
    for (const waiter of this.#waiters.splice(0)) waiter.reject(this.#ended)
  }
}

function pid(role: string, value: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= MAX_PID) return value
  throw new OrphanClientError('bad-pid', `${role} is ${value}, and must be a pid: a whole number from 1 to ${MAX_PID}`)
}

/** unix(7): an abstract name begins with a NUL; sun_path has 108 bytes, and a path ends with a NUL. */
function kernelAddress(address: string): string {
  const isAbstract = address.startsWith('@')
  const bytes = Buffer.byteLength(address) + (isAbstract ? 0 : 1)
  if (address === '' || address.includes('\0') || bytes > 108)
    throw new OrphanClientError(
      'bad-address',
      `${JSON.stringify(address)} is no path of 1 to 107 bytes and no @name of 1 to 108; without an address ORPHAND_SOCKET must be set`
    )
  return isAbstract ? `\0${address.slice(1)}` : address
}

function named(error: Error, doing = 'the connection failed'): OrphanClientError {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
  return new OrphanClientError(code, `${doing}: ${error.message}`, { cause: error })
}

const timedOut = (what: string, timeoutMs: number): OrphanClientError =>
  new OrphanClientError('timeout', `${what} took longer than ${timeoutMs} ms`)

const noEcho = (): OrphanClientError =>
  new OrphanClientError('protocol', 'the server answered something other than the echo of a ping; is it an orphan reaper?')
