import { type BoundsWanted, parseRule } from '../core/checks/grammar.ts'
import { METRICS, type Metric } from '../core/checks/metric.ts'
import type { ExitScheme } from '../core/checks/outputs/exit.ts'
import { type AlertRange, parseAlertRange, type Ranges } from '../core/checks/ranges.ts'
import type { Rule } from '../core/checks/rule.ts'
import type { UserError } from '../core/errors.ts'
import { parseDuration } from '../core/units.ts'
import { canonicalWords, usage } from './arguments.ts'
import { CHECK } from './spec-check.ts'

export const OUTPUTS = ['text', 'mon', 'nagios', 'prometheus', 'json'] as const
export type Output = (typeof OUTPUTS)[number]

/** What `tsupervise check` was asked for. */
export interface CheckArguments {
  readonly rules: readonly Rule[]
  readonly output: Output
  readonly exit: ExitScheme
  /** undefined: as the configuration says, or not at all. */
  readonly settleMs: number | undefined
  /** undefined: rules have bounds of their own. */
  readonly ranges: Ranges | undefined
  readonly metric: Metric | undefined
  readonly explain: boolean
  readonly proc: string
  readonly outputFile: string | undefined
  readonly config: string | undefined
}

type OptionName = (typeof CHECK.options)[number]['name']

/**
 * Reads the arguments without node, script and subcommand; `help`: the help page is wanted. Throws UserError.
 * What stands behind `--` are the host names that mon appends; a rule there is an error, as it would not be evaluated.
 */
export function readCheckArguments(argv: readonly string[]): CheckArguments | 'help' {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length
  const { words, options } = canonicalWords('check', CHECK, argv.slice(0, end))
  const given = new Map(options.map(({ option, value }) => [option.name, value]))
  if (given.has('help')) return 'help'
  for (const host of argv.slice(end + 1))
    if (RULE_LIKE.test(host)) throw wrong(`${shown(host)} behind --: found a rule, expected host names`)

  const output = choiceOf(given, 'output', OUTPUTS) ?? 'text'
  const ranges = rangesOf(given)
  const selectors = words.length === 0 && ranges !== undefined ? ['*'] : words
  const asked: Omit<CheckArguments, 'rules'> = {
    output,
    exit: choiceOf(given, 'exit', ['mon', 'nagios']) ?? (output === 'mon' ? 'mon' : 'nagios'),
    settleMs: settleOf(given),
    ranges,
    metric: choiceOf(given, 'metric', METRICS),
    explain: given.has('explain'),
    proc: given.get('proc') ?? '/proc',
    outputFile: given.get('output-file'),
    config: given.get('config')
  }
  refuseNonsense(asked, selectors)
  return { ...asked, rules: selectors.map((text, index) => ruleIn(text, index, ranges === undefined ? 'required' : 'none')) }
}

function refuseNonsense({ explain, output, metric, ranges, config }: Omit<CheckArguments, 'rules'>, selectors: readonly string[]): void {
  if (explain && output !== 'text' && output !== 'json') throw wrong('--explain: only with --output text or json')
  if (metric !== undefined && ranges === undefined) throw wrong('--metric: needs --warning or --critical')
  if (metric !== undefined && selectors.length > 1) throw wrong('--metric: found several selectors, expected one')
  if (config !== undefined && ranges !== undefined) throw wrong('--config: its rules have bounds; found --warning or --critical besides')
  if (selectors.length === 0 && config === undefined) throw wrong('found no rule, expected one such as sshd:1-')
}

/** Bounds never have colons behind them; addresses have no bounds. */
const RULE_LIKE = /:\d*-\d*$/

/** What the arguments say of an option, readable or not: for those who have to answer before they are read. */
export function optionIn(argv: readonly string[], name: 'output' | 'exit'): string | undefined {
  const flags = name === 'output' ? ['--output', '-o'] : ['--exit']
  const at = argv.findIndex((word) => flags.some((flag) => word === flag || word.startsWith(`${flag}=`)))
  if (at === -1) return undefined
  const word = argv[at]
  return word?.includes('=') ? word.slice(word.indexOf('=') + 1) : argv[at + 1]
}

type Options = ReadonlyMap<string, string | undefined>

function ruleIn(text: string, index: number, bounds: BoundsWanted): Rule {
  const parsed = parseRule(text, bounds)
  if (parsed.ok) return parsed.value
  const { column, message } = parsed.error
  throw wrong(`rule ${index + 1} ${shown(text)}, column ${column}: ${message}`)
}

function rangesOf(given: Options): Ranges | undefined {
  if (!given.has('warning') && !given.has('critical')) return undefined
  return { warning: rangeOf(given, 'warning'), critical: rangeOf(given, 'critical') }
}

function rangeOf(given: Options, name: 'warning' | 'critical'): AlertRange | undefined {
  const text = given.get(name)
  if (text === undefined) return undefined
  const range = parseAlertRange(text)
  if (range === undefined) throw wrong(`--${name}: found ${shown(text)}, expected a range such as 10, 10:, ~:10, 10:20 or @10:20`)
  return range
}

function settleOf(given: Options): number | undefined {
  const text = given.get('settle')
  const ms = parseDuration(text)
  if (text === undefined || ms !== undefined) return ms
  throw wrong(`--settle: found ${shown(text)}, expected a duration such as 500ms, 10s or 2m (a bare number is seconds)`)
}

function choiceOf<const T extends string>(given: Options, name: OptionName, choices: readonly T[]): T | undefined {
  const text = given.get(name)
  const choice = choices.find((one) => one === text?.toLowerCase())
  if (text === undefined || choice !== undefined) return choice
  throw wrong(`--${name}: found ${shown(text)}, expected one of ${choices.join(', ')}`)
}

const shown = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)

const wrong = (message: string): UserError => usage('check', message)
