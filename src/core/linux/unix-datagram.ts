import { closeSync } from 'node:fs'
import { endianness } from 'node:os'
import { failure, type Result, success } from '../errors.ts'
import { errnoName } from './errno.ts'
import { type Libc, libc, libcReason } from './libc.ts'

/** bits/socket.h; the same on every architecture that there is a prebuilt koffi for. */
const AF_UNIX = 1
const SOCK_DGRAM_CLOEXEC_NONBLOCK = 2 | 0o2000000 | 0o4000
const SOL_SOCKET = 1
const SO_PASSCRED = 16
const SCM_CREDENTIALS = 2
const MSG_DONTWAIT = 0x40
const MSG_NOSIGNAL = 0x4000
const MSG_TRUNC = 0x20
/** struct sockaddr_un: sun_path with its NUL. */
const PATH_BYTES = 108
/** struct msghdr and the control message with a struct ucred (pid, uid, gid), on 64-bit systems. */
const MSGHDR_BYTES = 56
const CONTROL_BYTES = 32

export interface Datagram {
  readonly pid: number
  readonly uid: number
  readonly data: Buffer
}

/** A socket of unix(7), type SOCK_DGRAM, non-blocking. Node has none. */
export interface DatagramSocket {
  /** The next datagram; undefined: none is waiting. Ones that are too long or say nothing about their sender are left out. */
  receive(): Datagram | undefined
  /** Errors by their names: ENOENT, ECONNREFUSED, EAGAIN (its queue is full), EACCES, ... */
  send(address: string, data: Buffer): Result<undefined>
  close(): void
}

/**
 * Opens a socket, bound to `path` if there is one, that takes datagrams of up to `maxBytes`.
 * Errors: facility-missing (no native calls), ENAMETOOLONG, EADDRINUSE, ENOENT, EACCES, EMFILE.
 */
export function openDatagramSocket(path: string | undefined, maxBytes: number): Result<DatagramSocket> {
  const c = libc()
  if (c === undefined) return failure('facility-missing', libcReason())
  if (endianness() !== 'LE') return failure('facility-missing', 'datagram sockets are implemented for little-endian machines only')
  const calls = declare(c)
  const fd = calls.socket(AF_UNIX, SOCK_DGRAM_CLOEXEC_NONBLOCK, 0)
  if (fd < 0) return refused(c, 'socket')
  const bound = path === undefined ? success(undefined) : bind(c, calls, fd, path)
  if (!bound.ok) {
    closeSync(fd)
    return bound
  }
  const receive = receiver(c, calls, fd, maxBytes)
  return success({
    receive,
    send(address, data) {
      const encoded = encodeAddress(address)
      if (!encoded.ok) return encoded
      const sent = calls.sendto(fd, data, data.length, MSG_DONTWAIT | MSG_NOSIGNAL, encoded.value, encoded.value.length)
      return sent < 0 ? refused(c, `sendto ${address}`) : success(undefined)
    },
    close: () => closeSync(fd)
  })
}

function bind(c: Libc, calls: Calls, fd: number, path: string): Result<undefined> {
  const address = encodeAddress(path)
  if (!address.ok) return address
  const on = Buffer.from([1, 0, 0, 0])
  if (calls.setsockopt(fd, SOL_SOCKET, SO_PASSCRED, on, on.length) < 0) return refused(c, 'setsockopt SO_PASSCRED')
  return calls.bind(fd, address.value, address.value.length) < 0 ? refused(c, `bind ${path}`) : success(undefined)
}

/**
 * recvmsg(2). The room for control messages holds the sender's credentials and nothing else,
 * so that the kernel never installs descriptors that a sender passes along.
 */
function receiver(c: Libc, calls: Calls, fd: number, maxBytes: number): () => Datagram | undefined {
  const data = stableBuffer(maxBytes)
  const control = stableBuffer(CONTROL_BYTES)
  const vector = stableBuffer(16)
  const header = stableBuffer(MSGHDR_BYTES)
  const addressOf = (buffer: Buffer): bigint => BigInt(c.koffi.address(buffer))
  header.writeBigUInt64LE(addressOf(vector), 16)
  header.writeBigUInt64LE(1n, 24)
  header.writeBigUInt64LE(addressOf(control), 32)

  return () => {
    for (;;) {
      // written each time, also so that this function keeps alive what the kernel is pointed at
      vector.writeBigUInt64LE(addressOf(data), 0)
      vector.writeBigUInt64LE(BigInt(data.length), 8)
      header.writeBigUInt64LE(BigInt(control.length), 40)
      const length = Number(calls.recvmsg(fd, header, MSG_DONTWAIT))
      if (length < 0) {
        const code = errnoName(c.errno())
        if (code === 'EINTR') continue
        if (code === 'EAGAIN' || code === 'EWOULDBLOCK') return undefined
        throw new Error(`recvmsg failed with ${code}`)
      }
      const cut = (header.readInt32LE(48) & MSG_TRUNC) !== 0
      const known =
        header.readBigUInt64LE(40) >= 28n && control.readInt32LE(8) === SOL_SOCKET && control.readInt32LE(12) === SCM_CREDENTIALS
      if (cut || !known) continue
      return { pid: control.readInt32LE(16), uid: control.readUInt32LE(20), data: Buffer.from(data.subarray(0, length)) }
    }
  }
}

/** V8 may keep a small Buffer on its own heap and move it; memory of an ArrayBuffer stays where it is. */
const stableBuffer = (bytes: number): Buffer => Buffer.from(new ArrayBuffer(bytes))

/** A path, or an abstract name as `@name`. */
function encodeAddress(address: string): Result<Buffer> {
  const name = Buffer.from(address)
  const abstract = address.startsWith('@')
  const bytes = Buffer.concat([Buffer.from([AF_UNIX, 0]), name, abstract ? Buffer.alloc(0) : Buffer.alloc(1)])
  if (abstract) bytes[2] = 0
  if (bytes.length - 2 > PATH_BYTES) {
    return failure('ENAMETOOLONG', `the socket name ${address} is longer than ${PATH_BYTES - 1} bytes`)
  }
  return success(bytes)
}

function refused(c: Libc, call: string): Result<never> {
  const code = errnoName(c.errno())
  return failure(code, `${call} failed with ${code}`)
}

interface Calls {
  readonly socket: (domain: number, type: number, protocol: number) => number
  readonly bind: (fd: number, address: Buffer, length: number) => number
  readonly setsockopt: (fd: number, level: number, option: number, value: Buffer, length: number) => number
  readonly sendto: (fd: number, data: Buffer, length: number, flags: number, address: Buffer, addressLength: number) => number
  readonly recvmsg: (fd: number, header: Buffer, flags: number) => number
}

let declared: Calls | undefined

function declare(c: Libc): Calls {
  declared ??= {
    socket: c.func('int socket(int, int, int)') as unknown as Calls['socket'],
    bind: c.func('int bind(int, const void *, uint32_t)') as unknown as Calls['bind'],
    setsockopt: c.func('int setsockopt(int, int, int, const void *, uint32_t)') as unknown as Calls['setsockopt'],
    sendto: c.func('long sendto(int, const void *, size_t, int, const void *, uint32_t)') as unknown as Calls['sendto'],
    recvmsg: c.func('long recvmsg(int, void *, int)') as unknown as Calls['recvmsg']
  }
  return declared
}
