import { describeFound } from './found.ts'
import { nearest } from './nearest.ts'
import { OPTION_NAMES, type OptionName, optionFlag, specOf } from './options.ts'
import type { Problem } from './problem.ts'
import { switchWord } from './values.ts'

export interface CanonicalOption {
  readonly name: OptionName
  /** `true` or `false` for what takes no value. */
  readonly value: string
}

/** Arguments with every option spelled one way; what was not understood went to the problems. */
export interface CanonicalArguments {
  readonly options: readonly CanonicalOption[]
  readonly words: readonly string[]
  /** After `--`. */
  readonly command: readonly string[]
}

const LONG: ReadonlyMap<string, OptionName> = new Map(OPTION_NAMES.map((name) => [name, name]))
const SHORT: ReadonlyMap<string, OptionName> = new Map(
  OPTION_NAMES.flatMap((name) => {
    const { short } = specOf(name)
    return short === undefined ? [] : [[short, name] as const]
  })
)

/**
 * Spells out what people may write: `_` for `-` in names, `--no-NAME`, `--flag=false`, `-cFILE`, `-hV`, `--name VALUE`, `--name=VALUE`.
 * A value that begins with `-` and is neither that alone (standard input) nor a negative number needs the form with `=`.
 */
export function canonicalArguments(argv: readonly string[], problems: Problem[]): CanonicalArguments {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length
  const given = argv.slice(0, end).flatMap(expandShort)
  const options: CanonicalOption[] = []
  const words: string[] = []
  for (let at = 0; at < given.length; ) {
    const word = given[at] ?? ''
    const option = splitOption(word)
    if (option === undefined) {
      words.push(word)
      at++
      continue
    }
    const step = readOption(option, given[at + 1])
    if ('message' in step) problems.push({ place: { name: option.shown.slice(0, 64) }, message: step.message })
    else options.push(step.option)
    at += step.taken
  }
  return { options, words, command: argv.slice(end + 1) }
}

/** `-hV` is `-h -V`; `-cFILE` is `-c=FILE`. */
function expandShort(word: string): string[] {
  const letters = /^-([A-Za-z].+)$/s.exec(word)?.[1]
  if (letters === undefined) return [word]
  const name = SHORT.get(letters.charAt(0))
  if (name === undefined) return [word]
  if (specOf(name).value !== undefined) return [`-${letters.charAt(0)}=${letters.slice(1).replace(/^=/, '')}`]
  return letters.charAt(1) === '=' ? [word] : [`-${letters.charAt(0)}`, ...expandShort(`-${letters.slice(1)}`)]
}

interface Split {
  readonly shown: string
  readonly target: { readonly name: OptionName; readonly negated: boolean } | undefined
  /** After `=`. */
  readonly attached: string | undefined
}

function splitOption(word: string): Split | undefined {
  const match = /^(--?[^=]+)(?:=(.*))?$/s.exec(word)
  if (match === null || !word.startsWith('-') || /^-\d/.test(word)) return undefined
  const [, shown = '', attached] = match
  return { shown, attached, target: shown.startsWith('--') ? longOption(shown.slice(2)) : shortOption(shown.slice(1)) }
}

function longOption(found: string): Split['target'] {
  const spelled = found.replaceAll('_', '-')
  const name = LONG.get(spelled)
  if (name !== undefined) return { name, negated: false }
  const opposite = spelled.startsWith('no-') ? LONG.get(spelled.slice(3)) : undefined
  return opposite === undefined || specOf(opposite).value !== undefined ? undefined : { name: opposite, negated: true }
}

function shortOption(letter: string): Split['target'] {
  const name = SHORT.get(letter)
  return name === undefined ? undefined : { name, negated: false }
}

type Step = { readonly taken: number } & ({ readonly option: CanonicalOption } | { readonly message: string })

function readOption({ shown, target, attached }: Split, next: string | undefined): Step {
  if (target === undefined) {
    const meant = nearest(shown.replaceAll('_', '-'), OPTION_NAMES.map(optionFlag))
    return { taken: 1, message: `unknown option${meant === undefined ? '; see --help' : `; did you mean ${meant}?`}` }
  }
  const { name, negated } = target
  const placeholder = specOf(name).value
  if (placeholder === undefined) {
    const on = attached === undefined ? true : switchWord.read(attached)
    if (on === undefined) return { taken: 1, message: `found ${describeFound(attached)}, expected true or false` }
    return { taken: 1, option: { name, value: String(on !== negated) } }
  }
  const own = attached === undefined && isValue(next) ? next : attached
  const taken = attached === undefined && isValue(next) ? 2 : 1
  if (own === undefined || own === '') return { taken, message: `found nothing, expected ${shown}=${placeholder}` }
  return { taken, option: { name, value: own } }
}

const isValue = (word: string | undefined): word is string => word !== undefined && (!word.startsWith('-') || /^-(?:\d|$)/.test(word))
