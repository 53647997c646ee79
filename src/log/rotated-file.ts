import { closeSync, constants, fstatSync, openSync, renameSync } from 'node:fs'
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

/** At most `maxFiles` of at most `maxBytes`: `path`, and the older PATH.1 (the newest of them), PATH.2, ... */
export function createRotatedFile(path: string, maxBytes: number, maxFiles: number): RotatedFile {
  let open: { readonly fd: number; size: number } | undefined

  const openFile = (): { readonly fd: number; size: number } => {
    const fd = openSync(path, FLAGS, 0o600)
    return { fd, size: fstatSync(fd).size }
  }
  const release = (): void => {
    if (open === undefined) return
    closeSync(open.fd)
    open = undefined
  }

  return {
    descriptorFor(bytes) {
      open ??= openFile()
      if (open.size > 0 && open.size + bytes > maxBytes) {
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

function rename(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
}
