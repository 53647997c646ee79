import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import type { Result } from '../errors.ts'
import { errnoOf, failure, success } from '../errors.ts'

/** Both streams of a child that is to outlive the supervisor. */
export interface OutputFile {
  /** Opened for appending; the child's ends. */
  readonly fd: number
  /** Where what the child writes begins. */
  readonly from: number
  close(): void
}

const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK
const MODE = 0o640

/** Opens the file that takes the place of pipes. Errors: those of open(2); `no-regular-file`, since a pipe or terminal may go away. */
export function openOutputFile(path: string): Result<OutputFile> {
  try {
    const fd = openSync(path, FLAGS, MODE)
    const stat = fstatSync(fd)
    if (stat.isFile()) return success({ fd, from: stat.size, close: () => closeSync(fd) })
    closeSync(fd)
    return failure('no-regular-file', `${path} is no regular file, which the output of a program needs that outlives the supervisor`)
  } catch (error) {
    const code = errnoOf(error)
    if (code === undefined) throw error
    return failure(code, `the log file ${path} cannot be opened: ${code}; correct \`log.file\`, or its permissions`)
  }
}
