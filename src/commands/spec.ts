/** An option of a subcommand. */
export interface OptionSpec {
  /** Without `--`. */
  readonly name: string
  /** Given as `--no-NAME`; on unless given. */
  readonly negative?: true
  readonly short?: string
  /** undefined: it takes no value. `optional`: only as `--name=VALUE`. */
  readonly value?: string
  readonly optional?: true
  readonly repeatable?: true
  readonly help: string
  /** What a shell offers as its value. */
  readonly choices?: readonly string[]
}

/** `--no-color`, `--wait`. */
export const flagOf = (option: OptionSpec): string => (option.negative ? `--no-${option.name}` : `--${option.name}`)

/** What a shell offers for the words of a subcommand. */
export type WordKind = 'node' | 'signal' | 'supervisor' | 'subcommand' | readonly string[]

/** All that is said of a subcommand: drives its parser, its help page, completion and the man page. */
export interface SubcommandSpec {
  /** Behind `tsupervise NAME`. */
  readonly usage: string
  readonly text: string
  /** By position; the last one also stands for all that follow. */
  readonly words?: readonly WordKind[]
  readonly options: readonly OptionSpec[]
  /** Instead of, or besides, what every subcommand ends with. */
  readonly exits?: Readonly<Record<number, string>>
  readonly examples?: readonly string[]
}

export const HELP: OptionSpec = { name: 'help', short: 'h', help: 'This page.' }

export const JSON_OUT = { name: 'json', help: 'JSON.' } as const

/** Which supervisor is meant. */
export const WHICH = [
  { name: 'name', value: 'NAME', help: 'The supervisor of this name (TSUPERVISE_NAME); else the only one that runs.' },
  { name: 'control-socket', value: 'PATH', help: 'The supervisor with this control socket (TSUPERVISE_CONTROL_SOCKET).' }
] as const

export const WAIT = {
  name: 'wait',
  value: 'DURATION',
  optional: true,
  help: 'Wait until it is so, at most this long (60s).'
} as const

/** Exit codes of every subcommand that speaks to a supervisor. */
export const EXITS: Readonly<Record<number, string>> = {
  0: 'done',
  1: 'refused, or it failed',
  2: 'usage error',
  3: 'no supervisor can be reached',
  4: 'what was waited for has not happened in time'
}
