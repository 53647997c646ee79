import { constants } from 'node:os'
import type { ExitStatus } from '../receipt.ts'
import type { SignalName } from '../settings.ts'

const signalNames = new Map<number, SignalName>()
for (const [name, number] of Object.entries(constants.signals)) {
  if (!signalNames.has(number)) signalNames.set(number, name as SignalName)
}

/** Name of a signal number; real-time signals, which Node does not name, as `SIGRTMIN+n` of signal(7) (32 + 2 taken by glibc). */
export const signalName = (number: number): SignalName => signalNames.get(number) ?? (`SIGRTMIN+${number - 34}` as SignalName)

/** Decodes a wait status, as of wait(2): WIFEXITED, WEXITSTATUS, WTERMSIG. */
export function exitStatusOf(waitStatus: number): ExitStatus {
  const signal = waitStatus & 0x7f
  if (signal === 0) return { code: (waitStatus >> 8) & 0xff, signal: undefined, oomKilled: false }
  return { code: undefined, signal: signalName(signal), oomKilled: false }
}
