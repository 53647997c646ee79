import type { OptionSpec, WordKind } from '../spec.ts'
import { flagOf } from '../spec.ts'
import { shellFlags, shellSubcommands, spellings, valued } from './words.ts'

/** For ~/.config/fish/completions/tsupervise.fish. */
export function fishScript(): string {
  const subcommands = shellSubcommands()
  const names = subcommands.map(({ name }) => name).join(' ')
  const takers = new Set(subcommands.flatMap(({ options }) => spellings(valued(options))))
  return [
    '# fish completion of tsupervise',
    ...functions([...takers]),
    'complete -c tsupervise -f',
    ...subcommands.map(({ name, summary }) => `complete -c tsupervise -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`),
    ...shellFlags().map(
      ({ flag, help, takesValue }) =>
        `complete -c tsupervise -n __fish_use_subcommand -l ${flag.slice(2)}${takesValue ? ' -r -F' : ''} -d ${quoted(help)}`
    ),
    ...subcommands.flatMap(({ name, options, words }) => [
      ...options.map((option) => optionLine(name, option)),
      ...words.map((kind, place) => {
        const here = `__tsupervise_is ${name}; and test (__tsupervise_place) -${place === words.length - 1 ? 'ge' : 'eq'} ${place}`
        return `complete -c tsupervise -n ${quoted(here)} -a ${quoted(listOf(kind, names))}`
      })
    ])
  ].join('\n')
}

/** `takers`: the spellings of all options after which a value follows. */
const functions = (takers: readonly string[]): string[] => [
  '# which supervisor is meant, as options',
  'function __tsupervise_which',
  '    set -l given (commandline -opc)',
  '    for at in (seq (count $given))',
  '        switch $given[$at]',
  '            case --name --control-socket',
  '                set -l next (math $at + 1)',
  '                test $next -le (count $given); and echo $given[$at]=$given[$next]',
  "            case '--name=*' '--control-socket=*'",
  '                echo $given[$at]',
  '        end',
  '    end',
  'end',
  'function __tsupervise_is',
  '    set -l given (commandline -opc)',
  '    test (count $given) -ge 2; and test $given[2] = $argv[1]',
  'end',
  '# how many words stand behind the subcommand',
  'function __tsupervise_place',
  '    set -l given (commandline -opc)',
  '    set -l place 0',
  '    set -l takes_next no',
  '    for word in $given[3..]',
  '        if test $takes_next = yes',
  '            set takes_next no',
  '            continue',
  '        end',
  '        switch $word',
  `            case ${takers.join(' ')}`,
  '                set takes_next yes',
  "            case '-*'",
  "            case '*'",
  '                set place (math $place + 1)',
  '        end',
  '    end',
  '    echo $place',
  'end'
]

function optionLine(subcommand: string, option: OptionSpec): string {
  const short = option.short === undefined ? '' : ` -s ${option.short}`
  const value = option.value === undefined || option.optional ? '' : ` -r${valuesOf(option)}`
  return `complete -c tsupervise -n ${quoted(`__tsupervise_is ${subcommand}`)} -l ${flagOf(option).slice(2)}${short}${value} -d ${quoted(option.help)}`
}

function valuesOf(option: OptionSpec): string {
  if (option.choices !== undefined) return ` -a ${quoted(option.choices.join(' '))}`
  if (option.name === 'node') return ` -a ${quoted(listOf('node', ''))}`
  if (option.name === 'name') return ` -a ${quoted(listOf('supervisor', ''))}`
  return ' -F'
}

function listOf(kind: WordKind, subcommands: string): string {
  if (typeof kind !== 'string') return kind.join(' ')
  switch (kind) {
    case 'node':
      return '(tsupervise completion nodes (__tsupervise_which) 2>/dev/null)'
    case 'supervisor':
      return '(tsupervise completion supervisors 2>/dev/null)'
    case 'subcommand':
      return subcommands
    case 'signal':
      return 'HUP INT QUIT KILL USR1 USR2 TERM CONT STOP WINCH'
  }
}

/** In single quotes for fish. */
const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
