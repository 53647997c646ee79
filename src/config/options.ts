import { flag, namedCommand, type Option, valued } from './option.ts'
import { level, nodeName } from './special-values.ts'
import { listenAddress } from './special-values-control.ts'
import { orphanSignal, socketAddress, socketMode } from './special-values-orphans.ts'
import { CACHE_SIZES, processEvents } from './special-values-processes.ts'
import { theme } from './special-values-ui.ts'
import { cappedPercent, duration, interval, size } from './units.ts'
import { choice, count, pattern, text } from './values.ts'

const osquery = true

/** Every option there is: drives the parser, the help page, the environment variables and the flagfile. */
export const OPTIONS = {
  config: valued(
    text,
    'FILE',
    'run',
    'Configuration file, YAML or JSON; none reads none. Else tsupervise.yaml here, in ~/.config/tsupervise or in /etc/tsupervise, if safely owned.',
    { short: 'c' }
  ),
  name: valued(nodeName, 'NAME', 'run', 'Name of this run.', { setting: 'name' }),
  extension: valued(namedCommand, 'NAME=COMMAND', 'run', 'Run this beside the worker; can be given several times.', {
    repeatable: true,
    setting: 'extensions'
  }),
  'exit-with-worker': flag('run', "End with the worker's own exit code.", { setting: 'exitWithWorker' }),
  'dry-run': flag('run', 'Measure and tell what would be stopped; signal nothing.', { setting: 'dryRun' }),
  compat: valued(
    choice('none', 'osquery', 'orphand'),
    'NAME',
    'run',
    'osquery: decide exactly as its watchdog does; orphand: its signal and scope.',
    { setting: 'compat' }
  ),
  detach: flag('run', 'Go on in the background, without a screen.', {}),
  'state-dir': valued(text, 'FOLDER', 'run', 'Folder of the event file; none keeps none.', { setting: 'stateDir' }),
  'on-hangup': valued(choice('continue', 'stop'), 'ACTION', 'run', 'When the terminal goes away: continue (default) or stop.', {
    setting: 'onHangup'
  }),
  'on-supervisor-death': valued(
    choice('stop', 'leave'),
    'ACTION',
    'run',
    'When it is killed: stop (default) or leave what runs, for the next start.',
    {
      setting: 'onSupervisorDeath'
    }
  ),
  sampler: valued(choice('auto', 'procfs', 'portable'), 'KIND', 'run', 'How processes are measured: auto, procfs or portable.', {
    setting: 'sampler'
  }),

  ui: flag('output', 'Line logs instead of the screen.', { negative: true }),
  color: flag('output', 'No colours, as with NO_COLOR.', { negative: true }),
  ascii: flag('output', 'Only ASCII signs on the screen.', {}),
  theme: valued(theme, 'NAME', 'output', 'default, high-contrast or monochrome, in the colours of your terminal.', { setting: 'ui.theme' }),
  'read-only': flag('output', 'Send no commands from the screen.', { setting: 'ui.readOnly' }),
  'screen-reader': flag('output', 'Sentences for a screen reader instead of columns.', { setting: 'ui.screenReader' }),
  'log-format': valued(choice('text', 'json'), 'FORMAT', 'output', 'text (default on a terminal) or json, one line an event.', {
    setting: 'log.format'
  }),
  'log-file': valued(text, 'FILE', 'output', 'Also write events to this file.', { setting: 'log.file' }),
  redact: valued(pattern, 'REGEX', 'output', 'Hide what matches in shown arguments, besides common secrets; can be given several times.', {
    repeatable: true,
    setting: 'redact'
  }),
  debug: flag('output', 'Also log every measurement.', { setting: 'log.debug' }),

  'watchdog-level': valued(level, 'LEVEL', 'watchdog', 'normal (0, default), restrictive (1), disabled (-1).', {
    osquery,
    setting: 'watchdog.level'
  }),
  'watchdog-memory-limit': valued(size, 'MB', 'watchdog', 'Growth of resident memory allowed; 0: by level (200, 100, 10000).', {
    osquery,
    setting: 'watchdog.memoryLimit'
  }),
  'watchdog-utilization-limit': valued(
    cappedPercent,
    'PERCENT',
    'watchdog',
    'CPU allowed, of all CPUs together; 0: by level (10, 5, 100).',
    { osquery, setting: 'watchdog.utilizationLimit' }
  ),
  'watchdog-latency-limit': valued(duration, 'SECONDS', 'watchdog', 'How long the CPU may stay above it; 0: by level (12, 6, 1000).', {
    osquery,
    setting: 'watchdog.latencyLimit'
  }),
  'watchdog-delay': valued(duration, 'SECONDS', 'watchdog', 'No limit stop before this uptime (60).', {
    osquery,
    setting: 'watchdog.delay'
  }),
  'watchdog-max-delay': valued(duration, 'SECONDS', 'watchdog', 'Longest wait before a respawn (600).', {
    osquery,
    setting: 'watchdog.maxDelay'
  }),
  'watchdog-forced-shutdown-delay': valued(duration, 'SECONDS', 'watchdog', 'From SIGTERM to SIGKILL on a limit stop (4).', {
    osquery,
    setting: 'watchdog.forcedShutdownDelay'
  }),
  'enable-extensions-watchdog': flag('watchdog', 'Hold extensions to limits too (the default unless --compat osquery).', {
    osquery,
    setting: 'watchdog.watchExtensions'
  }),
  'disable-watchdog': flag('watchdog', 'Stop nothing for its limits.', { osquery, setting: 'watchdog.enabled' }),
  'enable-watchdog-debug': flag('watchdog', 'The same as --debug.', { osquery, setting: 'log.debug' }),

  flagfile: valued(text, 'FILE', 'osquery', "Read osquery's flags, one --flag=value a line.", {}),
  'extensions-autoload': valued(text, 'FILE', 'osquery', 'Run the extensions listed there, one path a line.', { osquery }),
  'extensions-socket': valued(text, 'PATH', 'osquery', 'Passed to them as --socket (/var/osquery/osquery.em).', { osquery }),
  'extensions-timeout': valued(count(0, 86_400, 'seconds'), 'SECONDS', 'osquery', 'Passed to them as --timeout (3).', { osquery }),
  'extensions-interval': valued(count(0, 86_400, 'seconds'), 'SECONDS', 'osquery', 'Passed to them as --interval (3).', { osquery }),

  'orphan-socket': valued(socketAddress, 'PATH', 'orphans', 'Register children there: a path, @name, auto (runtime folder) or none.', {
    setting: 'orphans.socket'
  }),
  'orphan-socket-mode': valued(socketMode, 'MODE', 'orphans', 'Who may connect: 0600 (default), 0660 or 0666.', {
    setting: 'orphans.socketMode'
  }),
  'orphan-signal': valued(orphanSignal, 'SIGNAL', 'orphans', 'To the child of a dead parent (TERM; INT under --compat orphand).', {
    setting: 'orphans.signal'
  }),
  'orphan-grace': valued(duration, 'SECONDS', 'orphans', 'From it to SIGKILL (5).', { setting: 'orphans.grace' }),
  'orphan-scope': valued(choice('child', 'tree'), 'SCOPE', 'orphans', 'child, or tree: its descendants too (the default).', {
    setting: 'orphans.scope'
  }),
  'orphan-interval': valued(interval, 'SECONDS', 'orphans', 'Between two looks where there are no pidfds (2).', {
    setting: 'orphans.interval'
  }),
  'orphan-lockfile': valued(text, 'FILE', 'orphans', 'A second instance with the same file does not start.', {
    setting: 'orphans.lockfile'
  }),
  procfs: flag('orphans', 'Do not compare start times in those looks.', { negative: true, setting: 'orphans.procfs' }),
  'orphan-debug': valued(count(1, 4), 'LEVEL', 'orphans', '1 actions, 2 refusals, 3 registrations (default), 4 every message.', {
    setting: 'orphans.debugLevel'
  }),

  'process-events': valued(
    processEvents,
    'WHICH',
    'processes',
    'Record execs and exits in the state folder: off, managed (the default: of managed trees), all.',
    { setting: 'processes.events' }
  ),
  'process-cache-size': valued(CACHE_SIZES, 'COUNT', 'processes', 'Programs that are remembered at most (65536).', {
    setting: 'processes.cacheSize'
  }),
  kubernetes: flag('processes', 'Ask the cluster which pod a process is in.', { setting: 'processes.kubernetes' }),

  'control-socket': valued(
    text,
    'PATH',
    'control',
    'Serve the control API there; none serves none. Else NAME.sock in the runtime folder.',
    {
      setting: 'control.socket'
    }
  ),
  'metrics-listen': valued(listenAddress, 'HOST:PORT', 'control', 'Serve metrics there for Prometheus, to whoever can connect.', {
    setting: 'metrics.listen'
  }),
  'metrics-textfile': valued(text, 'FILE', 'control', 'Write metrics there at each check; for node_exporter.', {
    setting: 'metrics.textfile'
  }),

  json: flag('help', 'JSON, with config print.', {}),
  help: flag('help', 'This page.', { short: 'h' }),
  version: flag('help', 'The version.', { short: 'V' })
} satisfies Record<string, Option<unknown>>

export type OptionName = keyof typeof OPTIONS
type Spec<Name extends OptionName> = (typeof OPTIONS)[Name]
type Single<Name extends OptionName> = NonNullable<ReturnType<Spec<Name>['kind']['read']>>

/** What an option means once it was read. */
export type OptionValue<Name extends OptionName> = Spec<Name> extends { readonly repeatable: true } ? readonly Single<Name>[] : Single<Name>

/** As given, before anything is read: text, or true and false for what takes no value. */
export type GivenOptions = Readonly<Partial<Record<OptionName, string | boolean | readonly string[]>>>

export const OPTION_NAMES = Object.keys(OPTIONS) as OptionName[]

/** The table seen through the common type. */
export const specOf = (name: OptionName): Option<unknown> => OPTIONS[name]

/** `--no-ui`, `--watchdog-level`. */
export const optionFlag = (name: OptionName): string => (specOf(name).negative ? `--no-${name}` : `--${name}`)

/** Options that say what to do rather than how: no environment variable. */
const ONLY_OPTIONS: ReadonlySet<OptionName> = new Set(['help', 'version', 'json'])

/** `TSUPERVISE_NO_UI`, `TSUPERVISE_WATCHDOG_LEVEL`; undefined: it has none. */
export const optionVariable = (name: OptionName): string | undefined =>
  ONLY_OPTIONS.has(name) ? undefined : `TSUPERVISE_${optionFlag(name).slice(2).replaceAll('-', '_').toUpperCase()}`
