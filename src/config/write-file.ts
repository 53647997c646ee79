import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { errnoOf, failure, type Result, success } from '../core/errors.ts'

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW

/**
 * Puts another text in a file's place at once: whoever reads it sees the old one or the new one whole, also after a crash.
 * Owner, group and mode stay. Errors: those of open(2), write(2) and rename(2); the old file is then as it was.
 */
export function replaceFile(path: string, text: string): Result<undefined> {
  let temporary: string | undefined
  try {
    const real = realpathSync(path)
    const { uid, gid, mode } = statSync(real)
    temporary = join(dirname(real), `.${basename(real)}.${process.pid}.new`)
    const descriptor = openSync(temporary, NEW_FILE, 0o600)
    try {
      writeFileSync(descriptor, text)
      fchownSync(descriptor, uid, gid)
      fchmodSync(descriptor, mode & 0o7777)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(temporary, real)
    return success(undefined)
  } catch (error) {
    const code = errnoOf(error)
    if (code === undefined) throw error
    if (temporary !== undefined && code !== 'EEXIST') discard(temporary)
    return failure(code, `${path} cannot be written: ${code}; it is as it was`)
  }
}

function discard(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
  }
}
