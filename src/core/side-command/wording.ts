import type { CommandOutcome } from './run.ts'

/** How a command ended, for a person, with its last line of output where there is one. */
export function describeCommandEnd(outcome: CommandOutcome, timeoutMs: number): string {
  switch (outcome.kind) {
    case 'failed':
      return outcome.failure.message
    case 'timed-out':
      return withLine(`not finished within ${timeoutMs} ms, killed`, outcome.lastLine)
    case 'exited':
      return withLine(outcome.exit.signal === undefined ? `exit ${outcome.exit.code}` : `ended by ${outcome.exit.signal}`, outcome.lastLine)
  }
}

const withLine = (text: string, line: string): string => (line === '' ? text : `${text}: ${line}`)
