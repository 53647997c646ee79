import { OPTION_GROUPS } from '../config/help.ts'
import { OPTION_NAMES, type OptionName, optionFlag, optionVariable, specOf } from '../config/options.ts'
import { exitsOf } from './help.ts'
import { flagOf, HELP, type OptionSpec, type SubcommandSpec } from './spec.ts'
import { specNamed } from './specs.ts'
import { SUBCOMMANDS } from './table.ts'

/** tsupervise(1) in the man macros, from the tables that drive the parser. */
export function manPage(version: string): string {
  return [
    `.TH TSUPERVISE 1 "" "tsupervise ${text(version)}" "User Commands"`,
    '.SH NAME',
    'tsupervise \\- process supervisor and watchdog for the terminal',
    '.SH SYNOPSIS',
    ...['[options] [-- COMMAND ARG...]', 'config check|print|schema', 'SUBCOMMAND ...'].flatMap(synopsis).slice(1),
    '.SH DESCRIPTION',
    text(
      'Runs COMMAND (or the worker of the configuration) and its extensions, measures their whole process trees, stops what ' +
        'breaks a limit and says why, and starts it again within a budget. The subcommands talk to one that runs.'
    ),
    '.SH OPTIONS',
    ...OPTION_GROUPS.flatMap(([group, title]) => {
      const names = OPTION_NAMES.filter((name) => specOf(name).group === group && name !== 'json')
      return [`.SS "${text(title)}"`, ...names.flatMap(runOption)]
    }),
    '.SH SUBCOMMANDS',
    ...Object.keys(SUBCOMMANDS).flatMap((name) => {
      const spec = specNamed(name)
      return spec === undefined ? [] : subcommandSection(name, spec)
    }),
    '.SH ENVIRONMENT',
    text('Each option of the supervisor is also a variable:'),
    ...OPTION_NAMES.flatMap((name) => optionVariable(name) ?? []).map((variable) => `.br\n.B ${text(variable)}`),
    '.SH "EXIT STATUS"',
    ...Object.entries(RUN_EXITS).flatMap(([code, meaning]) => [`.TP\n.B ${code}`, text(meaning)]),
    text('Those of the subcommands stand with each of them.')
  ].join('\n')
}

/** Of a run. */
const RUN_EXITS = {
  0: 'Clean end.',
  1: 'Respawn limit reached (under --compat osquery also: a start failed).',
  2: 'Usage or configuration error.',
  78: 'The supervisor itself is unhealthy, or could not stop a child.'
} as const

const synopsis = (usage: string): string[] => ['.br', '.B tsupervise', text(usage)]

function runOption(name: OptionName): string[] {
  const { short, value, help } = specOf(name)
  return described(short, optionFlag(name), value === undefined ? '' : ` ${value}`, help)
}

function subcommandSection(name: string, spec: SubcommandSpec): string[] {
  const usage = `tsupervise ${name} ${spec.usage}`.trimEnd()
  const exits = Object.entries(exitsOf(spec)).map(([code, meaning]) => `${code} ${meaning}`)
  return [
    `.SS "${text(usage)}"`,
    text(spec.text),
    ...[...spec.options, HELP].flatMap(subcommandOption),
    '.PP',
    text(`Exit status: ${exits.join('; ')}.`)
  ]
}

function subcommandOption(option: OptionSpec): string[] {
  const value = option.value === undefined ? '' : option.optional ? `[=${option.value}]` : ` ${option.value}`
  return described(option.short, flagOf(option), value, option.help)
}

const described = (short: string | undefined, flag: string, value: string, help: string): string[] => [
  '.TP',
  `.B ${text(`${short === undefined ? '' : `-${short}, `}${flag}${value}`)}`,
  text(help)
]

/** Text that roff takes for text: no requests at its beginning, hyphens as they are typed. */
const text = (plain: string): string =>
  plain
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('"', '\\(dq')
    .replace(/^([.'])/, '\\&$1')
