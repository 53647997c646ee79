import { parseDuration } from '../config/units.ts'
import { numberIn } from '../config/values.ts'
import { canonicalWords, readWithMeow, usage } from './arguments.ts'
import { subcommandHelp } from './help.ts'
import type { SubcommandSpec } from './spec.ts'
import { type OptionNameOf, SPECS, type SpecName } from './specs.ts'

/** What a subcommand was called with. */
export interface Given<Option extends string> {
  readonly words: readonly string[]
  has(option: Option): boolean
  text(option: Option): string | undefined
  /** A whole number from `least` to `most`; `otherwise` when it was not given. */
  count(option: Option, otherwise: number, least: number, most: number): number
  /** Milliseconds; undefined when it was not given, `bare` when it was given without a value. */
  duration(option: Option, bare?: number): number | undefined
  /** A usage error that names the subcommand. */
  wrong(message: string): Error
}

/** A subcommand's `run`: prints the help page where it is asked for, else reads the arguments as its spec says and does it. */
export function subcommand<Name extends SpecName>(name: Name, body: (given: Given<OptionNameOf<Name>>) => Promise<number>) {
  return async (argv: readonly string[]): Promise<number> => {
    const spec: SubcommandSpec = SPECS[name]
    const { words, options } = canonicalWords(name, spec, argv)
    if (options.some(({ option }) => option.name === 'help')) {
      console.log(subcommandHelp(name, spec))
      return 0
    }
    return await body(givenOf(name, words, await readWithMeow(options)))
  }
}

function givenOf<Option extends string>(
  name: string,
  words: readonly string[],
  options: Readonly<Record<string, string | boolean>>
): Given<Option> {
  const text = (option: Option): string | undefined => {
    const value = Object.hasOwn(options, option) ? options[option] : undefined
    return typeof value === 'string' ? value : undefined
  }
  const wrong = (message: string): Error => usage(name, message)
  return {
    words,
    wrong,
    text,
    has: (option) => Object.hasOwn(options, option),
    count(option, otherwise, least, most) {
      const found = text(option)
      if (found === undefined) return otherwise
      const value = numberIn(found)
      if (value !== undefined && Number.isInteger(value) && value >= least && value <= most) return value
      throw wrong(`--${option}: found '${found.slice(0, 64)}', expected a whole number from ${least} to ${most}`)
    },
    duration(option, bare) {
      const found = text(option)
      if (found === undefined) return undefined
      if (found === '' && bare !== undefined) return bare
      const ms = parseDuration(found)
      if (ms !== undefined) return ms
      throw wrong(`--${option}: found '${found.slice(0, 64)}', expected a duration such as 500ms, 10s or 2m (a bare number is seconds)`)
    }
  }
}
