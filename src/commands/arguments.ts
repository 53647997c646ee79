import { nearest } from '../config/nearest.ts'
import { UserError } from '../core/errors.ts'
import { flagOf, HELP, type OptionSpec, type SubcommandSpec } from './spec.ts'

/** Arguments with every option spelled one way. */
export interface CanonicalWords {
  readonly words: readonly string[]
  readonly options: readonly GivenOption[]
}

interface GivenOption {
  readonly option: OptionSpec
  readonly value: string | undefined
}

const isValue = (word: string | undefined): word is string =>
  word !== undefined && (!word.startsWith('-') || word === '-' || /^-\d/.test(word))

/**
 * Reads options wherever they stand: `--name VALUE`, `--name=VALUE`, `-n VALUE`, `-nVALUE`; after `--` there are only words.
 * A value that may be left out is only ever given with `=`. Throws UserError for what the subcommand does not know.
 */
export function canonicalWords(name: string, spec: SubcommandSpec, argv: readonly string[]): CanonicalWords {
  const known = [...spec.options, HELP]
  const words: string[] = []
  const options: GivenOption[] = []
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? ''
    if (word === '--') return { words: [...words, ...argv.slice(at + 1)], options }
    if (isValue(word)) {
      words.push(word)
      continue
    }
    const found = splitOption(name, known, word)
    const { option, takesNext } = found
    const value = readValue(name, found, argv[at + 1])
    if (!option.repeatable && options.some((given) => given.option.name === option.name))
      throw usage(name, `${found.shown}: given more than once`)
    options.push({ option, value })
    if (takesNext) at++
  }
  return { words, options }
}

interface Split {
  readonly option: OptionSpec
  /** After `=`, or after the letter. */
  readonly attached: string | undefined
  readonly shown: string
  readonly takesNext: boolean
}

function splitOption(name: string, known: readonly OptionSpec[], word: string): Split {
  const split = (option: OptionSpec, attached: string | undefined, shown: string): Split => {
    return { option, attached, shown, takesNext: option.value !== undefined && option.optional !== true && attached === undefined }
  }
  const [, spelled = '', long] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? []
  const named = known.find((candidate) => flagOf(candidate) === `--${spelled.replaceAll('_', '-')}`)
  if (named !== undefined) return split(named, long, flagOf(named))
  const [, letter, rest] = /^-([A-Za-z])=?(.*)$/s.exec(word) ?? []
  const short = known.find((candidate) => letter !== undefined && candidate.short === letter)
  if (short !== undefined) return split(short, rest === '' ? undefined : rest, `-${letter}`)
  const meant = nearest(word.replace(/=.*$/s, '').replaceAll('_', '-'), known.map(flagOf))
  throw usage(name, `${word.slice(0, 64)}: unknown option${meant === undefined ? '' : `; did you mean ${meant}?`}`)
}

function readValue(name: string, { option, attached, shown, takesNext }: Split, next: string | undefined): string | undefined {
  if (option.value === undefined && attached !== undefined) throw usage(name, `${shown}: takes no value`)
  if (attached === '' || (takesNext && !isValue(next))) throw usage(name, `${shown}: found nothing, expected ${option.value}`)
  return takesNext ? next : attached
}

const camelCase = (name: string): string => name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())

/** The options by name, read by meow. Values go in quotes, of which its parser takes off exactly one pair; none: `''`. */
export async function readWithMeow(given: readonly GivenOption[]): Promise<Readonly<Record<string, string | boolean>>> {
  if (given.length === 0) return {} // its parser is a quarter of the start
  const { default: meow } = await import('meow')
  const takesValue = ({ option }: GivenOption): boolean => option.value !== undefined
  const { flags } = meow({
    importMeta: import.meta,
    pkg: { name: 'tsupervise', bin: { tsupervise: '' } },
    argv: given.map((one) => (takesValue(one) ? `--${one.option.name}="${one.value ?? ''}"` : flagOf(one.option))),
    description: false,
    autoHelp: false,
    autoVersion: false,
    booleanDefault: undefined,
    flags: Object.fromEntries(given.map((one) => [camelCase(one.option.name), { type: takesValue(one) ? 'string' : 'boolean' }] as const))
  })
  return Object.fromEntries(given.map(({ option }) => [option.name, flags[camelCase(option.name)] as string | boolean]))
}

/** Wrong arguments: exit code 2. */
export const usage = (name: string, message: string): UserError =>
  new UserError(message, { next: `Run \`tsupervise ${name} --help\` to see how it is called.` })
