import { closeSync, constants, fstatSync, openSync, readSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import type { Result } from '../errors.ts'
import { errnoOf, failure, success } from '../errors.ts'
import { decodeLeft, encodeLeft, type LeftRecord } from './left-record.ts'

/** More than any configuration can have. */
const LARGEST = 1_048_576

/**
 * Reads the record of an earlier supervisor; undefined: there is none. Errors name the file: `unsafe-file` (of another owner, writable by
 * others, no regular file), `left-record` (too long, damaged, cut off), those of open(2).
 */
export function readLeft(path: string): Result<LeftRecord | undefined> {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      const trusted = whyNotTrusted(fd)
      if (trusted !== undefined) return failure('unsafe-file', `${path} ${trusted}`)
      const text = readText(fd)
      if (text === undefined) return failure('left-record', `${path}: it is longer than ${LARGEST} bytes`)
      const decoded = decodeLeft(text)
      return decoded.ok ? decoded : failure(decoded.error.code, `${path}: ${decoded.error.message}`)
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    const code = errnoOf(error)
    if (code === undefined) throw error
    return code === 'ENOENT' ? success(undefined) : failure(code, `${path} cannot be read: ${code}`)
  }
}

function whyNotTrusted(fd: number): string | undefined {
  const stat = fstatSync(fd)
  const own = process.geteuid?.() ?? 0
  if (!stat.isFile()) return 'is no regular file'
  if (stat.uid !== own && stat.uid !== 0) return `belongs to uid ${stat.uid}, expected root or uid ${own}`
  return (stat.mode & 0o022) === 0 ? undefined : 'can be written by others'
}

function readText(fd: number): string | undefined {
  const buffer = Buffer.alloc(LARGEST + 1)
  let length = 0
  for (let got = -1; got !== 0 && length < buffer.length; length += got) got = readSync(fd, buffer, length, buffer.length - length, null)
  return length > LARGEST ? undefined : buffer.toString('utf8', 0, length)
}

/** Replaces the record as a whole, or takes it away when it names nothing. Errors: those of open(2), write(2) and rename(2). */
export function writeLeft(path: string, record: LeftRecord): Result<undefined> {
  try {
    if (record.nodes.length === 0) {
      remove(path)
      return success(undefined)
    }
    const fresh = `${path}.new`
    remove(fresh)
    writeFileSync(fresh, encodeLeft(record), { mode: 0o600, flag: 'wx' })
    renameSync(fresh, path)
    return success(undefined)
  } catch (error) {
    const code = errnoOf(error)
    if (code === undefined) throw error
    return failure(code, `${path}, by which the next start would know what runs, cannot be written: ${code}`)
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
}
