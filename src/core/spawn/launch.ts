import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Failure, Result } from '../errors.ts'
import { errnoOf, success } from '../errors.ts'

export interface LaunchOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly stdio: readonly ['pipe' | number, 'pipe' | number]
}

/** What a person can do about it, by the name of the error; spawn(2) and exec(3). */
const ADVICE: Readonly<Record<string, string>> = {
  EAGAIN: 'no more processes may be started now (RLIMIT_NPROC, or pids.max of the cgroup)',
  EMFILE: 'the supervisor has no file descriptor left (RLIMIT_NOFILE)',
  ENFILE: 'the system has no file descriptor left (fs.file-max)',
  ENOMEM: 'the system has no memory left for another process',
  E2BIG: 'the arguments and the environment together are too long',
  EACCES: 'the working folder may not be entered, or the shell not executed',
  EPERM: 'the system does not allow to start it',
  ENOENT: 'the working folder or the shell is gone'
}

/**
 * Starts the outermost command of the gate: its own session, stdin from /dev/null, default signal dispositions and an empty
 * mask (libuv resets both), a socket to the supervisor as descriptor 3. Must run on the main thread, because the
 * parent-death signal follows the thread that spawned. Errors: those of ADVICE and any other that the kernel names.
 */
export async function launch(command: readonly string[], options: LaunchOptions): Promise<Result<ChildProcess>> {
  const [program = '', ...args] = command
  try {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env,
      stdio: ['ignore', ...options.stdio, 'pipe'],
      detached: true
    })
    if (child.pid === undefined) {
      const [error] = await once(child, 'error').catch((thrown: unknown) => [thrown])
      return { ok: false, error: named(error) }
    }
    return success(child)
  } catch (error) {
    return { ok: false, error: named(error) }
  }
}

function named(error: unknown): Failure {
  const code = errnoOf(error)
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) throw error
  return { code, message: `the program cannot be started: ${ADVICE[code] ?? code}` }
}
