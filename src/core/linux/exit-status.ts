import { constants } from 'node:os'
import type { ExitStatus } from '../receipt.ts'
import type { SignalName } from '../settings.ts'

const signalNames = new Map<number, SignalName>()
for (const [name, number] of Object.entries(constants.signals)) {
  if (!signalNames.has(number)) signalNames.set(number, name as SignalName)
}

/** The first real-time signal that programs may use; signal(7): glibc takes 32 and 33 for itself. */
export const SIGRTMIN = 34

/** Name of a signal number; real-time signals, which Node does not name, as `SIGRTMIN+n` of signal(7), those of glibc as `SIG32`, `SIG33`. */
export const signalName = (number: number): SignalName =>
  signalNames.get(number) ?? ((number < SIGRTMIN ? `SIG${number}` : `SIGRTMIN+${number - SIGRTMIN}`) as SignalName)

/** Decodes a wait status, as of wait(2): WIFEXITED, WEXITSTATUS, WTERMSIG. */
export function exitStatusOf(waitStatus: number): ExitStatus {
  const signal = waitStatus & 0x7f
  if (signal === 0) return { code: (waitStatus >> 8) & 0xff, signal: undefined, oomKilled: false }
  return { code: undefined, signal: signalName(signal), oomKilled: false }
}
