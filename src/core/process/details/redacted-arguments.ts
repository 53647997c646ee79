import { type Redact, redactArguments } from '../../output/redact.ts'
import { joinArguments } from './arguments.ts'

/**
 * The arguments in one line without secrets. The patterns are made for whole command lines, so the whole is looked at first, argv[0]
 * included; where it hides nothing, nothing is hidden.
 */
export function redactedArguments(argv: readonly string[], redact: Redact): string {
  const whole = argv.join(' ')
  const args = argv.slice(1)
  if (redact(whole) === whole) return joinArguments(args)
  const each = redactArguments(argv, redact).slice(1)
  const shown = redact(joinArguments(each))
  // a pattern that begins with the name of the program
  return redact(`${argv[0] ?? ''} ${shown}`) === `${argv[0] ?? ''} ${shown}` ? shown : redact(whole)
}
