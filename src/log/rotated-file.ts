import { closeSync, constants, fstatSync, openSync, renameSync, statSync, unlinkSync } from 'node:fs'
import { errnoOf } from '../core/errors.ts'

const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW

/** A file that is only appended to, mode 0600, and set aside before it grows beyond its limit. */
export interface RotatedFile {
  /** The descriptor for this many bytes more; opens and rotates as needed. Throws the errors of open(2) and rename(2). */
  descriptorFor(bytes: number): number
  wrote(bytes: number): void
  /** Closes it; the next write opens it again under its name. */
  release(): void
}

/** What is older goes, by the wall clock. */
export interface MaxAge {
  readonly ms: number
  readonly wall: () => number
}

interface OpenFile {
  readonly fd: number
  size: number
  /** Wall clock, ms. */
  readonly begunAt: number
}

/**
 * At most `maxFiles` of at most `maxBytes`: `path`, and the older PATH.1 (the newest of them), PATH.2, ... With an age, a file is set
 * aside after its share of it, and those set aside are removed when nothing in them is younger.
 */
export function createRotatedFile(path: string, maxBytes: number, maxFiles: number, maxAge?: MaxAge): RotatedFile {
  let open: OpenFile | undefined

  const openFile = (): OpenFile => {
    const fd = openSync(path, FLAGS, 0o600)
    const { size, birthtimeMs, mtimeMs } = fstatSync(fd)
    if (maxAge !== undefined) removeOld(path, maxFiles, maxAge)
    const begunAt = size === 0 ? (maxAge?.wall() ?? 0) : birthtimeMs || mtimeMs
    return { fd, size, begunAt }
  }
  const isFull = ({ size, begunAt }: OpenFile, bytes: number): boolean =>
    size > 0 && (size + bytes > maxBytes || (maxAge !== undefined && maxAge.wall() - begunAt > maxAge.ms / maxFiles))
  const release = (): void => {
    if (open === undefined) return
    closeSync(open.fd)
    open = undefined
  }

  return {
    descriptorFor(bytes) {
      open ??= openFile()
      if (isFull(open, bytes)) {
        release()
        setAside(path, maxFiles)
        open = openFile()
      }
      return open.fd
    },
    wrote(bytes) {
      if (open !== undefined) open.size += bytes
    },
    release
  }
}

function setAside(path: string, maxFiles: number): void {
  if (maxFiles <= 1) {
    closeSync(openSync(path, constants.O_WRONLY | constants.O_TRUNC | constants.O_NOFOLLOW))
    return
  }
  for (let age = maxFiles - 1; age > 0; age--) rename(age === 1 ? path : `${path}.${age - 1}`, `${path}.${age}`)
}

function removeOld(path: string, maxFiles: number, { ms, wall }: MaxAge): void {
  for (let age = 1; age < maxFiles; age++) {
    const old = `${path}.${age}`
    const found = statSync(old, { throwIfNoEntry: false })
    if (found !== undefined && wall() - found.mtimeMs > ms) unlinkSync(old)
  }
}

function rename(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
}
