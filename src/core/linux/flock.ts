import { closeSync, constants, openSync } from 'node:fs'
import { errnoOf, failure, type Result, success } from '../errors.ts'
import { errnoName } from './errno.ts'
import { libc, libcReason } from './libc.ts'

const SYS_FLOCK = process.arch === 'x64' ? 73 : 32
const LOCK_EX = 2
const LOCK_NB = 4

/** Held until it is released or this process ends; no child inherits it. */
export interface FileLock {
  release(): void
}

/**
 * Takes flock(2) on a file, which is made (mode 0600) if it is not there, and stays.
 * Errors: EWOULDBLOCK as `locked` (another process has it), facility-missing (no native calls), those of open(2).
 */
export function lockFile(path: string): Result<FileLock> {
  const c = libc()
  if (c === undefined) return failure('facility-missing', `${path} cannot be locked: ${libcReason()}`)
  const opened = open(path)
  if (!opened.ok) return opened
  const { value, errno } = c.syscall(SYS_FLOCK, opened.value, LOCK_EX | LOCK_NB)
  if (value === 0) return success({ release: () => closeSync(opened.value) })
  closeSync(opened.value)
  const code = errnoName(errno)
  if (code === 'EAGAIN' || code === 'EWOULDBLOCK') return failure('locked', `${path} is locked by another process`)
  return failure(code, `${path} cannot be locked: ${code}`)
}

function open(path: string): Result<number> {
  try {
    return success(openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600))
  } catch (error) {
    const code = errnoOf(error)
    if (code === undefined) throw error
    return failure(code, `${path} cannot be opened: ${code}`)
  }
}
