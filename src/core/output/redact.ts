/** Takes out of a text what nobody should see; made by core/redact.ts. */
export interface Redact {
  (text: string): string
  /** Another one: what was kept of earlier answers is not true any more. */
  readonly generation?: number
}

export const REDACTED = '[redacted]'

/** Redacts arguments, also where a secret follows its option as the next one: `--password` `secret`. */
export function redactArguments(argv: readonly string[], redact: Redact): readonly string[] {
  const shown: string[] = []
  for (const [index, argument] of argv.entries()) {
    const before = argv[index - 1]
    const alone = redact(argument)
    if (before === undefined || alone !== argument || redact(before) !== before) {
      shown.push(alone)
      continue
    }
    const pair = redact(`${before} ${argument}`)
    shown.push(pair === `${before} ${argument}` ? argument : pair.startsWith(`${before} `) ? pair.slice(before.length + 1) : REDACTED)
  }
  return shown
}
