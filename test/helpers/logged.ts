import type { LoggedEvent, RunningCommand } from './command.ts'

/** Checks of the watchdog so far, as `--debug` logs them. */
export const checks = (command: RunningCommand, node = 'worker'): LoggedEvent[] => command.of('checked', node)

export const numbers = (events: readonly LoggedEvent[], field: string): number[] => events.map((event) => Number(event[field]))

/** The signals of a receipt as `SIGNAL target pid outcome`, without the SIGCONT that follow others. */
export const signalsOf = (receipt: LoggedEvent): string[] =>
  (receipt['signals'] as string[]).map((words) => words.slice(words.indexOf(' ') + 1)).filter((words) => !words.startsWith('SIGCONT'))
