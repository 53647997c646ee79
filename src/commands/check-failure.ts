import { type ExitScheme, unknownExit } from '../core/checks/outputs/exit.ts'
import { plainText } from '../core/checks/outputs/perfdata.ts'
import type { UserError } from '../core/errors.ts'
import { optionIn } from './check-arguments.ts'
import { writeAll } from './check-output.ts'

/** What was not evaluated is unknown, whatever the scheme: mon takes everything but 0 for a failure. */
const UNKNOWN = 3

/** Says why nothing was evaluated, and gives the exit code. */
export function complain({ message, next }: UserError, argv: readonly string[]): number {
  if (isForNagios(argv)) writeAll(1, `PROCS UNKNOWN: ${plainText(message)}\n`)
  else writeAll(2, `${message.replace(/^/gm, 'tsupervise: ')}\n${next === undefined ? '' : `${next}\n`}`)
  return UNKNOWN
}

/** Nagios reads stdout, everybody else stderr; mon both. */
const isForNagios = (argv: readonly string[]): boolean => optionIn(argv, 'output') === 'nagios'

/** Those that end a process and can be caught. */
const ENDING = [
  'SIGTERM',
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGALRM',
  'SIGUSR1',
  'SIGUSR2',
  'SIGXCPU',
  'SIGXFSZ',
  'SIGVTALRM',
  'SIGPROF',
  'SIGIO',
  'SIGPWR',
  'SIGSTKFLT',
  'SIGSYS',
  'SIGTRAP'
] as const

/** mon looks at the exit code alone, which is 0 where a signal killed: such signals end the check with a code instead. */
export function exitOnSignals(argv: readonly string[]): void {
  const isMon = (optionIn(argv, 'exit') ?? optionIn(argv, 'output')) === 'mon'
  const scheme: ExitScheme = isMon ? 'mon' : 'nagios'
  for (const signal of ENDING) {
    process.on(signal, () => {
      const text = `the check was ended by ${signal}; nothing is known`
      writeAll(isForNagios(argv) ? 1 : 2, `${isForNagios(argv) ? 'PROCS UNKNOWN: ' : 'tsupervise: '}${text}\n`)
      process.exit(unknownExit(scheme))
    })
  }
}
