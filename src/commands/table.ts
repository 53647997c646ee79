/** A subcommand with arguments of its own. */
export interface Subcommand {
  /** One line, for the help page. */
  readonly summary: string
  /** `argv` without the subcommand's name; gives the exit code, throws UserError. */
  run(argv: readonly string[]): Promise<number>
}

interface Entry {
  readonly summary: string
  readonly load: () => Promise<Pick<Subcommand, 'run'>>
}

/** Each is loaded only when it is called: the supervisor itself starts without them. */
export const SUBCOMMANDS: Readonly<Record<string, Entry>> = {}

/** The subcommand that these arguments call, if the first one names one. */
export const subcommandOf = (argv: readonly string[]): Entry | undefined => {
  const name = argv[0]
  return name !== undefined && Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name] : undefined
}
