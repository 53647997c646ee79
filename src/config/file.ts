import { closeSync, constants, fstatSync, openSync, readSync, realpathSync, type Stats, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { errnoOf, UserError } from '../core/errors.ts'

/** Longer files are no configuration. */
export const MAX_FILE_BYTES = 1024 * 1024

/** Who may own a file that is read without having been named on the command line. */
export interface Trust {
  /** Of the supervisor; root is trusted besides. */
  readonly uid: number
}

/** What the shell hands over as it stands, a pipe too: standard input, or `<(command)`. */
const HANDED_OVER = /^\/dev\/(?:stdin|null|fd\/\d+)$|^\/proc\/self\/fd\/\d+$/

/** A file that the user named: it counts from the current folder, `-` is standard input. */
export const namedPath = (name: string, cwd: string): string => (name === '-' ? '/dev/stdin' : resolve(cwd, name))

/**
 * Reads a text file that the user named: UTF-8 without NUL, at most MAX_FILE_BYTES. UserError otherwise, and for what is neither a
 * regular file nor handed over by the shell: a named pipe that nobody writes to would be waited for without end.
 */
export function readNamedFile(path: string, what: string): string {
  const handedOver = HANDED_OVER.test(path)
  if (handedOver && isSocketOnStdin(path)) return decode(readBounded(0, path), path)
  const descriptor = open(path, handedOver ? constants.O_RDONLY : constants.O_RDONLY | constants.O_NONBLOCK, what)
  try {
    const stats = fstatSync(descriptor)
    if (stats.isDirectory()) throw new UserError(`${path}: found a folder, expected ${what}`)
    if (!stats.isFile() && !handedOver) {
      throw new UserError(`${path}: found ${kindOf(stats)}, expected ${what}, which must be a regular file, or - for standard input`)
    }
    return decode(readBounded(descriptor, path), path)
  } finally {
    closeSync(descriptor)
  }
}

/** It cannot be opened a second time (ENXIO); parents that are Node programs make it one. */
const isSocketOnStdin = (path: string): boolean => /\/(?:stdin|fd\/0)$/.test(path) && fstatSync(0).isSocket()

function kindOf(stats: Stats): string {
  if (stats.isFIFO()) return 'a named pipe'
  return stats.isCharacterDevice() || stats.isBlockDevice() ? 'a device' : 'no file'
}

/** The same for a file that nobody named: also a regular file, which only root and the user can change, like its folder. */
export function readTrustedFile(path: string, what: string, trust: Trust): string {
  const descriptor = open(path, constants.O_RDONLY | constants.O_NONBLOCK, what)
  try {
    const stats = fstatSync(descriptor)
    if (!stats.isFile()) throw new UserError(`${path}: expected ${what}, which must be a regular file`)
    checkOwner(path, stats, trust)
    for (const folder of new Set([dirname(path), dirname(realpathSync(path))])) checkOwner(folder, statSync(folder), trust)
    return decode(readBounded(descriptor, path), path)
  } finally {
    closeSync(descriptor)
  }
}

/** Implicit files belong to root or the user and are not writable by others. */
export function checkOwner(path: string, stats: Stats, trust: Trust): void {
  const kind = stats.isDirectory() ? 'folder' : 'file'
  const user = trust.uid === 0 ? 'root' : `root or uid ${trust.uid}`
  if (stats.uid !== 0 && stats.uid !== trust.uid) {
    throw new UserError(`${path}: this ${kind} belongs to uid ${stats.uid}, expected ${user}, since whoever owns it decides what is run`, {
      next: `Look at it, then run: chown ${trust.uid} ${quoteForShell(path)}`
    })
  }
  if ((stats.mode & 0o022) === 0) return
  const mode = (stats.mode & 0o7777).toString(8).padStart(4, '0')
  throw new UserError(`${path}: others can write to this ${kind} (mode ${mode}), so they could decide what is run`, {
    next: `Look at it, then run: chmod go-w ${quoteForShell(path)}`
  })
}

const quoteForShell = (path: string): string => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`)

function open(path: string, flags: number, what: string): number {
  try {
    return openSync(path, flags)
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === undefined) throw error
    const reason = errno === 'ENOENT' ? 'there is no such file' : errno === 'EACCES' ? 'it may not be read' : `it cannot be read (${errno})`
    throw new UserError(`${path}: ${reason}, expected ${what}`, { cause: error })
  }
}

function readBounded(descriptor: number, path: string): Buffer {
  const chunks: Buffer[] = []
  for (let total = 0; ; ) {
    const chunk = Buffer.allocUnsafe(64 * 1024)
    const length = readSync(descriptor, chunk, 0, chunk.length, null)
    if (length === 0) return Buffer.concat(chunks)
    total += length
    if (total > MAX_FILE_BYTES) throw new UserError(`${path}: longer than ${MAX_FILE_BYTES} bytes, which no file of this kind is`)
    chunks.push(chunk.subarray(0, length))
  }
}

function decode(bytes: Buffer, path: string): string {
  const zero = bytes.indexOf(0)
  if (zero >= 0) throw new UserError(`${path}: holds a NUL byte at offset ${zero}; expected text in UTF-8`)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    if (errnoOf(error) !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error
    throw new UserError(`${path}: is not text in UTF-8`, { next: 'Save it as UTF-8.', cause: error })
  }
}
