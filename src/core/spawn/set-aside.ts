import { closeSync, copyFileSync, fstatSync, ftruncateSync, openSync, readSync, renameSync, writeSync } from 'node:fs'
import { errnoOf } from '../errors.ts'

const CHUNK = 65_536

/**
 * Moves what is in a file that somebody else keeps open for appending to `path`.1 and empties it; the older ones become `path`.2 and so on,
 * `maxFiles` with the current one. What is written between the end of the copy and the emptying, some microseconds, is lost.
 * Throws the errors of open(2), rename(2) and ftruncate(2).
 */
export function setAsideInPlace(path: string, fd: number, maxFiles: number): void {
  if (maxFiles > 1) {
    for (let age = maxFiles - 1; age > 1; age--) rename(`${path}.${age - 1}`, `${path}.${age}`)
    copyFileSync(path, `${path}.1`)
    copyRest(fd, `${path}.1`)
  }
  ftruncateSync(fd, 0)
}

/** What was written while the file was copied. */
function copyRest(fd: number, copy: string): void {
  const to = openSync(copy, 'r+')
  try {
    const chunk = Buffer.alloc(CHUNK)
    for (let at = fstatSync(to).size; ; ) {
      const got = readSync(fd, chunk, 0, CHUNK, at)
      if (got === 0) return
      writeSync(to, chunk, 0, got, at)
      at += got
    }
  } finally {
    closeSync(to)
  }
}

function rename(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
}
