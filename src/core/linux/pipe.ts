import { spawnSync } from 'node:child_process'
import { closeSync, constants, fchownSync, mkdtempSync, openSync, rmdirSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KoffiFunc } from 'koffi'
import type { Result } from '../errors.ts'
import { errnoOf, failure, success } from '../errors.ts'
import { errnoName } from './errno.ts'
import { libc, libcReason } from './libc.ts'

/** Both ends CLOEXEC and blocking; the read end of a fifo does not block. */
export interface Pipe {
  readonly readFd: number
  readonly writeFd: number
}

/** Who may open the pipe again by /dev/stdout: the user that the child runs as. */
export interface PipeOwner {
  readonly uid: number
  readonly gid: number
}

let pipe2: KoffiFunc<(...args: unknown[]) => unknown> | undefined

/**
 * A pipe(7), as a shell would make it. Errors: facility-missing (no native calls), EMFILE, ENFILE, EPERM (the owner cannot be changed).
 */
export function openPipe(owner: PipeOwner | undefined): Result<Pipe> {
  const c = libc()
  if (c === undefined) return failure('facility-missing', libcReason())
  pipe2 ??= c.func('int pipe2(_Out_ int*, int)')
  const ends = [-1, -1]
  // O_CLOEXEC is 02000000 on every architecture that koffi is built for; Node does not export it
  if (pipe2(ends, 0o2000000) !== 0) return failedToOpen(errnoName(c.errno()))
  const [readFd, writeFd] = ends
  if (readFd === undefined || writeFd === undefined || readFd < 0 || writeFd < 0) throw new Error(`pipe2 answered with ${ends}`)
  return owned({ readFd, writeFd }, owner)
}

/**
 * The same by fifo(7), for systems without native calls. The name is gone when this returns.
 * Errors: facility-missing (no mkfifo), EMFILE, ENFILE, EACCES, ENOSPC, EROFS, EPERM.
 */
export function openFifo(owner: PipeOwner | undefined, folder = tmpdir()): Result<Pipe> {
  let own: string | undefined
  let readFd: number | undefined
  try {
    own = mkdtempSync(join(folder, 'tsupervise-'))
    const path = join(own, 'fifo')
    const made = spawnSync('mkfifo', ['-m', '600', path], { stdio: 'ignore' })
    if (made.error !== undefined) throw made.error
    if (made.status !== 0) return failure('facility-missing', `mkfifo ended with ${made.status ?? made.signal}`)
    readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    return owned({ readFd, writeFd: openSync(path, constants.O_WRONLY) }, owner)
  } catch (error) {
    if (readFd !== undefined) closeSync(readFd)
    const code = errnoOf(error)
    if (code === undefined) throw error
    return failedToOpen(code)
  } finally {
    if (own !== undefined) removeFifo(own)
  }
}

/** Without a descriptor: there may be none left. */
function removeFifo(folder: string): void {
  for (const remove of [() => unlinkSync(join(folder, 'fifo')), () => rmdirSync(folder)]) {
    try {
      remove()
    } catch (error) {
      if (errnoOf(error) === undefined) throw error
    }
  }
}

function owned(pipe: Pipe, owner: PipeOwner | undefined): Result<Pipe> {
  if (owner === undefined) return success(pipe)
  try {
    fchownSync(pipe.writeFd, owner.uid, owner.gid)
    return success(pipe)
  } catch (error) {
    closeSync(pipe.readFd)
    closeSync(pipe.writeFd)
    const code = errnoOf(error)
    if (code === undefined) throw error
    return failure(code, `a pipe for the output cannot be given to uid ${owner.uid}: ${code}`)
  }
}

const failedToOpen = (code: string): Result<never> => failure(code, `no pipe for the output of the program: ${code}`)
