import * as z from 'zod/mini'
import { HOOK_EVENTS } from './event-names.ts'
import { field, leaf, listOf, mapOf, section } from './field.ts'
import { checksSection } from './schema-checks.ts'
import { controlSection, metricsSection } from './schema-control.ts'
import { extensionSection, onSupervisorDeathText, workerSection } from './schema-node.ts'
import { orphansSection } from './schema-orphans.ts'
import { processesSection } from './schema-processes.ts'
import { uiSection } from './schema-ui.ts'
import { command, level, nodeName, readSignal, signalTarget } from './special-values.ts'
import { duration, interval, percent, size } from './units.ts'
import { boolean, choice, count, pattern, text, type ValueKind } from './values.ts'

/** Signals whose meaning is fixed: they end the run, cannot be caught, or are Node's own. */
const FIXED_SIGNALS: readonly string[] = [
  'SIGTERM',
  'SIGINT',
  'SIGQUIT',
  'SIGKILL',
  'SIGSTOP',
  'SIGCHLD',
  'SIGSEGV',
  'SIGBUS',
  'SIGFPE',
  'SIGILL',
  'SIGABRT',
  'SIGIOT'
]

const forwardedSignal: ValueKind<string> = {
  ...text,
  expected: 'a signal that can be remapped, such as SIGUSR1 (not SIGTERM, SIGINT, SIGQUIT, SIGKILL, SIGSTOP, SIGCHLD or those of a crash)',
  read: (found) => {
    const name = readSignal(found)
    return name === undefined || FIXED_SIGNALS.includes(name) ? undefined : name
  }
}

const watchdogSection = section(
  {
    level: field(level, 'Which set of limits applies. Default normal.', 'live'),
    enabled: field(boolean, 'false: nobody is stopped for a limit (disable_watchdog). Default true.', 'live'),
    watchExtensions: field(
      boolean,
      'Whether limits apply to extensions (enable_extensions_watchdog). Default true; false under compat osquery.',
      'live'
    ),
    interval: field(interval, 'Between two checks. Default 3s.', 'live'),
    memoryLimit: field(size, 'For every node that sets none of its own. 0: what the level says.', 'live'),
    memoryLatency: field(duration, 'For every node that sets none of its own. Default 0s.', 'live'),
    utilizationLimit: field(percent, 'CPU, for every node that sets none of its own. 0: what the level says.', 'live'),
    latencyLimit: field(duration, 'For every node that sets none of its own. 0: what the level says.', 'live'),
    respawnLimit: field(count(0, 100_000), 'Respawn budget of every node that sets none of its own.', 'live'),
    respawnDelay: field(duration, 'Base of the back-off of every node that sets none of its own.', 'live'),
    maxDelay: field(duration, 'Longest back-off of every node that sets none of its own. Default 10m.', 'live'),
    delay: field(duration, 'No limit stop before this uptime. Default 60s.', 'live'),
    forcedShutdownDelay: field(duration, 'From the stop signal to SIGKILL on a limit stop. Default 4s.', 'live')
  },
  'a map such as {level: normal, interval: 3s}',
  'The level, and what applies to every node.'
)

const hookSection = section(
  {
    on: listOf(leaf(choice(...HOOK_EVENTS), 'An event.', 'live'), 'a list of events', 'Events that run it, or before-limit-stop.', 1),
    command: leaf(command, 'Gets the event as JSON on stdin.', 'live'),
    timeout: field(interval, 'It is ended after this time. Default 5s.', 'live')
  },
  'a map such as {on: [receipt-closed], command: [notify.sh]}',
  'A command run on chosen events.'
)

const logSection = section(
  {
    format: field(choice('text', 'json'), 'How events are written on stdout. Default: text on a terminal, json elsewhere.', 'live'),
    file: field(text, 'Events are also written to this file, relative to the configuration file.', 'live'),
    debug: field(boolean, 'Also write what only refreshes the screen. Default false.', 'live')
  },
  'a map such as {format: json}',
  'The event log.'
)

export const configSchema = section(
  {
    $schema: field(text, 'For editors.', 'live'),
    name: field(nodeName, 'Names the run: title of the screen, folder of its state. Default: the folder of this file.', 'spawn-time'),
    compat: field(
      choice('none', 'osquery', 'orphand'),
      'osquery: the reference behaviour of its watchdog; orphand: its signal and scope. Default none.',
      'spawn-time'
    ),
    watchdog: z.optional(watchdogSection),
    worker: z.optional(workerSection),
    extensions: z.optional(mapOf(nodeName, extensionSection, 'a map of extensions by name', 'Processes beside the worker, by name.')),
    orphans: z.optional(orphansSection),
    checks: z.optional(checksSection),
    control: z.optional(controlSection),
    metrics: z.optional(metricsSection),
    processes: z.optional(processesSection),
    hooks: z.optional(listOf(hookSection, 'a list of hooks', 'Commands run on chosen events.')),
    redact: z.optional(
      listOf(
        leaf(pattern, 'A regular expression.', 'live'),
        'a list of regular expressions',
        'What is hidden in shown arguments, besides common secrets.'
      )
    ),
    log: z.optional(logSection),
    ui: z.optional(uiSection),
    stateDir: field(
      text,
      'Folder of the event file; none: keep no file. Default: /var/lib/tsupervise/NAME for root, else ~/.local/state/tsupervise/NAME.',
      'spawn-time'
    ),
    onHangup: field(choice('continue', 'stop'), 'When the terminal goes away. Default continue.', 'live'),
    onSupervisorDeath: field(choice('stop', 'leave'), onSupervisorDeathText, 'spawn-time'),
    exitWithWorker: field(boolean, 'End with the exit code of the worker. Default false.', 'live'),
    signals: z.optional(
      mapOf(
        forwardedSignal,
        leaf(signalTarget, 'A signal, or ignore.', 'live'),
        'a map such as {SIGUSR1: SIGHUP, SIGWINCH: ignore}',
        'What headless mode forwards to the worker instead of the signal itself.'
      )
    ),
    ownMemoryLimit: field(size, 'Resident memory at which the supervisor gives up itself. Default 512MB.', 'live'),
    sampler: field(choice('auto', 'procfs', 'portable'), 'How processes are measured. Default auto.', 'spawn-time'),
    dryRun: field(boolean, 'Measure and write receipts, signal nothing. Default false.', 'live')
  },
  'a map of settings, such as worker: {command: [node, server.js]}',
  'Configuration of tsupervise.'
)

/** The file as it was written, in the units of core/settings.ts; everything may be missing. */
export type FileConfig = z.output<typeof configSchema>
