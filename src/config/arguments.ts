import { SUBCOMMANDS } from '../commands/table.ts'
import { UserError } from '../core/errors.ts'
import { type CanonicalOption, canonicalArguments } from './canonical.ts'
import { configHelp, mainHelp } from './help.ts'
import { nearest, suggestion } from './nearest.ts'
import { type GivenOptions, OPTION_NAMES, type OptionName, optionFlag, specOf } from './options.ts'
import { type Problem, showProblem } from './problem.ts'

export const CONFIG_ACTIONS = ['check', 'print', 'schema'] as const
export type ConfigAction = (typeof CONFIG_ACTIONS)[number]

/** What the command line asks for. */
export type ParsedArguments =
  | { readonly kind: 'run'; readonly given: GivenOptions; readonly command: readonly string[] }
  | {
      readonly kind: 'config'
      readonly action: ConfigAction
      readonly json: boolean
      readonly given: GivenOptions
      readonly command: readonly string[]
    }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'version' }

/**
 * Reads the arguments (without node and the script). Values are not looked at yet: loadSettings does that for
 * options, environment and files alike. Throws one UserError that names everything that was not understood.
 */
export async function parseArguments(argv: readonly string[]): Promise<ParsedArguments> {
  const problems: Problem[] = []
  const { options, words, command } = canonicalArguments(argv, problems)
  const asked = (name: OptionName): boolean => options.some((option) => option.name === name && option.value === 'true')
  if (asked('help')) return { kind: 'help', text: words[0] === 'config' ? configHelp() : mainHelp() }
  if (asked('version')) return { kind: 'version' }

  const action = readWords(words, problems)
  if (action !== 'print' && asked('json')) problems.push({ place: { name: '--json' }, message: 'belongs to `tsupervise config print`' })
  reportRepeats(options, problems)
  if (problems.length > 0) throw usageError(problems)

  const given = await readWithMeow(options)
  if (action === undefined) return { kind: 'run', given, command }
  return { kind: 'config', action, json: asked('json'), given, command }
}

function readWords(words: readonly string[], problems: Problem[]): ConfigAction | undefined {
  const [first, second, ...rest] = words
  if (first === undefined) return undefined
  if (first !== 'config') {
    problems.push({ place: { name: first.slice(0, 64) }, message: unexpectedWord(first, words) })
    return undefined
  }
  const action = CONFIG_ACTIONS.find((name) => name === second)
  if (action === undefined) {
    const found = second === undefined ? 'found nothing' : `found '${second.slice(0, 64)}'`
    const meant = second === undefined ? '' : suggestion(second, CONFIG_ACTIONS).replace(/^; known.*/, '')
    problems.push({ place: { name: 'config' }, message: `${found}, expected check, print or schema${meant}` })
  }
  for (const word of rest) problems.push({ place: { name: word.slice(0, 64) }, message: 'unexpected argument' })
  return action
}

/** A subcommand that stands behind an option, one that is misspelled, or a command without `--`. */
function unexpectedWord(first: string, words: readonly string[]): string {
  const command = `to run a command, put -- before it: tsupervise -- ${words.join(' ').slice(0, 60)}`
  const known = [...Object.keys(SUBCOMMANDS), 'config']
  if (known.includes(first)) return `a subcommand comes before every option: tsupervise ${first} ...; ${command}`
  const meant = nearest(first, known)
  return `unexpected argument${meant === undefined ? '' : `; did you mean 'tsupervise ${meant}'?`}; ${command}`
}

function reportRepeats(options: readonly CanonicalOption[], problems: Problem[]): void {
  for (const name of new Set(options.map((option) => option.name))) {
    if (specOf(name).repeatable || options.filter((option) => option.name === name).length === 1) continue
    problems.push({ place: { name: optionFlag(name) }, message: 'given more than once' })
  }
}

const usageError = (problems: readonly Problem[]): UserError =>
  new UserError(problems.map(showProblem).join('\n'), { next: 'Run `tsupervise --help` to see every option.' })

const camelCase = (name: string): string => name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())

/** The table as meow's flags. Values go in quotes, of which its parser takes off exactly one pair. */
async function readWithMeow(options: readonly CanonicalOption[]): Promise<GivenOptions> {
  if (options.length === 0) return {} // its parser is a quarter of the start
  const { default: meow } = await import('meow')
  const flags = Object.fromEntries(
    OPTION_NAMES.map((name) => {
      const { value, repeatable } = specOf(name)
      return [camelCase(name), { type: value === undefined ? 'boolean' : 'string', isMultiple: repeatable === true }] as const
    })
  )
  const parsed = meow({
    importMeta: import.meta,
    pkg: { name: 'tsupervise', bin: { tsupervise: '' } },
    argv: options.map(({ name, value }) => (specOf(name).value === undefined ? `--${name}=${value}` : `--${name}="${value}"`)),
    description: false,
    autoHelp: false,
    autoVersion: false,
    booleanDefault: undefined,
    flags
  })
  const mentioned = new Set(options.map((option) => option.name))
  return Object.fromEntries(
    OPTION_NAMES.filter((name) => mentioned.has(name)).map((name) => [name, parsed.flags[camelCase(name)]])
  ) as GivenOptions
}
