import { OPTION_NAMES, optionFlag, specOf } from '../../config/options.ts'
import { flagOf, HELP, type OptionSpec, type WordKind } from '../spec.ts'
import { specNamed } from '../specs.ts'
import { SUBCOMMANDS } from '../table.ts'

/** What a shell needs to know of one subcommand. */
export interface ShellSubcommand {
  readonly name: string
  readonly summary: string
  readonly options: readonly OptionSpec[]
  readonly words: readonly WordKind[]
}

/** A flag of the supervisor itself. */
export interface ShellFlag {
  readonly flag: string
  readonly help: string
  readonly takesValue: boolean
}

export const shellSubcommands = (): readonly ShellSubcommand[] => [
  ...Object.entries(SUBCOMMANDS).map(([name, { summary }]) => {
    const spec = specNamed(name)
    return { name, summary, options: [...(spec?.options ?? []), HELP], words: spec?.words ?? [] }
  }),
  { name: 'config', summary: 'Look at the configuration.', options: [HELP], words: [['check', 'print', 'schema']] }
]

export const shellFlags = (): readonly ShellFlag[] =>
  OPTION_NAMES.map((name) => ({ flag: optionFlag(name), help: specOf(name).help, takesValue: specOf(name).value !== undefined }))

/** Every spelling of a subcommand's options. */
export const spellings = (options: readonly OptionSpec[]): readonly string[] =>
  options.flatMap((option) => [flagOf(option), ...(option.short === undefined ? [] : [`-${option.short}`])])

/** Those after which a value follows as a word of its own. */
export const valued = (options: readonly OptionSpec[]): readonly OptionSpec[] =>
  options.filter(({ value, optional }) => value !== undefined && optional !== true)
