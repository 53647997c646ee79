import { readlinkSync } from 'node:fs'
import { errnoOf, UserError } from '../core/errors.ts'
import { libc, libcReason } from '../core/linux/libc.ts'
import type { SignalName } from '../core/settings.ts'

/** What a container runtime stops its PID 1 with. */
const ENDING: readonly SignalName[] = ['SIGTERM', 'SIGINT', 'SIGQUIT']

const early: SignalName[] = []
const remember = (signal: SignalName): void => void early.push(signal)

/**
 * The kernel drops what comes to PID 1 before it listens (pid_namespaces(7)), so a stop during the start would be lost.
 * Called first of all; `takeEarlySignals` gives what came.
 */
export function rememberEarlySignals(): void {
  if (process.pid !== 1) return
  for (const signal of ENDING) process.on(signal, remember)
}

export function takeEarlySignals(): readonly SignalName[] {
  for (const signal of ENDING) process.off(signal, remember)
  return early.splice(0)
}

/** As PID 1 some things are needed that elsewhere have a fallback; reaper: "PID 1 needs waitpid". Errors: UserError, exit code 2. */
export function requireWhatPidOneNeeds({ detach }: { readonly detach: boolean }): void {
  if (process.pid !== 1) return
  if (libc() === undefined) {
    throw new UserError(`as PID 1 it has to wait for every orphan of the container, and that needs native calls: ${libcReason()}`, {
      next: 'Give the container an init of its own (docker run --init), or install the optional dependency koffi.'
    })
  }
  if (selfInProc() !== '1') {
    throw new UserError('as PID 1 it needs a /proc that shows its own pid namespace, and /proc shows another one, or nothing', {
      next: 'Mount it there: mount -t proc proc /proc (unshare --mount-proc does it).'
    })
  }
  if (detach) throw new UserError('PID 1 cannot go to the background: the container ends with it', { next: 'Leave out --detach.' })
}

function selfInProc(): string | undefined {
  try {
    return readlinkSync('/proc/self')
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return undefined
  }
}
