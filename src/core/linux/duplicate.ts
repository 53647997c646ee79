import type { Result } from '../errors.ts'
import { failure, success } from '../errors.ts'
import { errnoName } from './errno.ts'
import { libc, libcReason } from './libc.ts'

const SYS_DUP3 = process.arch === 'x64' ? 292 : 24

/** `onto` becomes another name of what `fd` refers to, in one step: its number is never free in between; dup3(2). */
export function duplicateOnto(fd: number, onto: number): Result<undefined> {
  const c = libc()
  if (c === undefined) return failure('facility-missing', libcReason())
  const { value, errno } = c.syscall(SYS_DUP3, fd, onto, 0)
  if (value === onto) return success(undefined)
  const code = errnoName(errno)
  return failure(code, `dup3 of descriptor ${fd} onto ${onto} failed with ${code}`)
}
