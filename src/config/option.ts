import { command, nodeName } from './special-values.ts'
import { switchWord, type ValueKind } from './values.ts'

export type OptionGroup = 'run' | 'output' | 'watchdog' | 'orphans' | 'processes' | 'control' | 'osquery' | 'help'

/** One option of the command line, the environment and (where `osquery`) the flagfile. */
export interface Option<T> {
  readonly kind: Pick<ValueKind<T>, 'expected' | 'read'>
  /** undefined: it takes no value. */
  readonly value: string | undefined
  readonly group: OptionGroup
  readonly help: string
  readonly short?: string
  readonly repeatable?: true
  /** Shown and named `--no-NAME`; on unless given. */
  readonly negative?: true
  /** Its name is osquery's too, so a flagfile may hold it. */
  readonly osquery?: true
  /** Key of the configuration file that it stands for. */
  readonly setting?: string
}

type Rest = Partial<Pick<Option<unknown>, 'short' | 'repeatable' | 'negative' | 'osquery' | 'setting'>>

/** An option without a value. */
export const flag = <const R extends Rest>(group: OptionGroup, help: string, rest: R) => ({
  kind: switchWord,
  value: undefined,
  group,
  help,
  ...rest
})

/** An option with a value. */
export const valued = <T, const R extends Rest>(kind: ValueKind<T>, value: string, group: OptionGroup, help: string, rest: R) => ({
  kind,
  value,
  group,
  help,
  ...rest
})

/** An extension as given on the command line. */
export interface NamedCommand {
  readonly name: string
  readonly argv: readonly string[]
}

export const namedCommand: ValueKind<NamedCommand> = {
  expected: 'NAME=COMMAND, such as indexer="./indexer --fast"',
  read: (found) => {
    const match = typeof found === 'string' ? /^([^=]*)=(.*)$/s.exec(found) : null
    const name = nodeName.read(match?.[1])
    const argv = command.read(match?.[2])
    return name === undefined || argv === undefined ? undefined : { name, argv }
  },
  show: ({ name, argv }) => `${name}=${argv.at(-1) ?? ''}`,
  json: { type: 'string' }
}
