import { SUBCOMMANDS } from '../commands/table.ts'
import type { OptionGroup } from './option.ts'
import { OPTION_NAMES, type OptionName, optionFlag, specOf } from './options.ts'

const WIDTH = 80
const COLUMN = 28

const USAGE = `Usage
  tsupervise [options] [-- COMMAND ARG...]   supervise a worker and extensions
  tsupervise config check|print|schema       look at the configuration
  tsupervise SUBCOMMAND ...                  talk to one that runs; see below

Runs COMMAND (or the worker of the configuration) and its extensions, measures
their whole process trees, stops what breaks a limit and says why, and starts
it again within a budget.`

/** The groups of the options, in the order of the help page. */
export const OPTION_GROUPS: readonly (readonly [OptionGroup, string])[] = [
  ['run', 'Options'],
  ['output', 'Screen and log'],
  ['watchdog', 'Watchdog, for every node (osquery names; - and _ are alike)'],
  ['orphans', 'Orphans: children that end when their parent dies'],
  ['processes', 'Processes: what is remembered of them'],
  ['control', 'From outside: control socket and metrics'],
  ['osquery', 'osquery extensions'],
  ['help', 'Help']
]

const NOTES = `Values
  Durations: 500ms, 3s, 10m, 2h; a bare number is seconds.
  Sizes: 64KB, 200MB, 1.5GiB; powers of 1024; a bare number is MB.
  Each option is also an environment variable: TSUPERVISE_WATCHDOG_LEVEL=1.
  What counts: default < level < file < flagfile < environment < option.

Examples
  tsupervise -- node server.js
  tsupervise --watchdog-memory-limit 500MB --extension log=./ship.sh -- ./api
  tsupervise --no-ui --config /etc/tsupervise/tsupervise.yaml
  tsupervise --compat osquery --flagfile /etc/osquery/osquery.flags -- osqueryd
  tsupervise config print

Exit codes
  0   clean end
  1   respawn limit reached (under --compat osquery also: a start failed)
  2   usage or configuration error
  78  the supervisor itself is unhealthy, or could not stop a child
  With --exit-with-worker: the worker's own code, or 128 + its signal.`

const CONFIG_USAGE = `Usage
  tsupervise config check    whether the configuration is valid; exit 2 if not
  tsupervise config print    every effective value, and where it came from
  tsupervise config schema   the JSON schema of the file, for editors

All options and environment variables of a run are taken into account, so that
\`print\` shows what that run would do. Secrets are hidden, and of environment
variables only the names are shown.

Options
  --json                    print as JSON
  -c, --config FILE         this file
  ...                       see tsupervise --help

Example
  TSUPERVISE_WATCHDOG_LEVEL=restrictive tsupervise config print -c web.yaml`

/** The page of `tsupervise --help`: at most 80 columns wide. */
export function mainHelp(): string {
  const groups = OPTION_GROUPS.map(([group, title]) => {
    const names = OPTION_NAMES.filter((name) => specOf(name).group === group && name !== 'json')
    return `${title}\n${names.map(describeOption).join('\n')}`
  })
  return [USAGE, subcommandsHelp(), ...groups, NOTES].join('\n\n')
}

/** Those that talk to a supervisor, with the page of each under `tsupervise SUBCOMMAND --help`. */
function subcommandsHelp(): string {
  const lines = Object.entries(SUBCOMMANDS).map(([name, { summary }]) => `  ${name.padEnd(COLUMN / 2 - 2)}${summary}`)
  return `Subcommands (tsupervise SUBCOMMAND --help)\n${lines.join('\n')}`
}

/** The page of `tsupervise config --help`. */
export const configHelp = (): string => CONFIG_USAGE

function describeOption(name: OptionName): string {
  const { short, value, help } = specOf(name)
  const head = `  ${short === undefined ? '' : `-${short}, `}${optionFlag(name)}${value === undefined ? '' : ` ${value}`}`
  const lines = wrap(help, WIDTH - COLUMN)
  const first = head.length + 2 <= COLUMN ? `${head.padEnd(COLUMN)}${lines.shift() ?? ''}` : head
  return [first, ...lines.map((line) => ' '.repeat(COLUMN) + line)].join('\n')
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
