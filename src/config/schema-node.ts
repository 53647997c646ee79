import * as z from 'zod/mini'
import { field, leaf, listOf, mapOf, section } from './field.ts'
import { RESOURCES, resourceLimit } from './rlimits.ts'
import { limitsSection, respawnSection, stopSection } from './schema-policies.ts'
import { healthSection, readySection } from './schema-probes.ts'
import { command, nodeName, umask } from './special-values.ts'
import { duration, size } from './units.ts'
import { boolean, choice, count, text, type ValueKind, word } from './values.ts'

const variableName: ValueKind<string> = {
  ...text,
  expected: 'the name of an environment variable: letters, digits and underscores, not a digit first',
  read: (found) => (typeof found === 'string' && /^[A-Za-z_][A-Za-z0-9_]{0,255}$/.test(found) ? found : undefined),
  json: { type: 'string', pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }
}

const variableValue: ValueKind<string> = {
  ...word,
  expected: 'text without NUL; write "" for an empty value',
  read: (found) => (typeof found === 'string' && !found.includes('\0') ? found : undefined)
}

const resourceName: ValueKind<string> = {
  ...choice(...Object.keys(RESOURCES)),
  read: (found) => (Object.hasOwn(RESOURCES, String(found)) ? String(found) : undefined)
}

const nodeLog = section(
  {
    file: field(text, 'Both streams are also written to this file, relative to the configuration file.', 'spawn-time'),
    maxSize: field(size, 'The file is rotated at this size. Default 10MB.', 'spawn-time'),
    maxFiles: field(count(1, 1000), 'Rotated files that are kept. Default 5.', 'spawn-time'),
    ringLines: field(count(1, 100_000), 'Lines of each stream that are kept in memory. Default 2000.', 'spawn-time'),
    echo: field(boolean, "Repeat the lines on the supervisor's own stdout when headless. Default true.", 'live')
  },
  'a map such as {file: web.log, maxSize: 10MB}',
  'What becomes of stdout and stderr.'
)

/** Of a node, and of the whole configuration as the default of its nodes. */
export const onSupervisorDeathText =
  'When the supervisor is killed: stop, or leave it running for the next start to take over (needs log.file). Default stop.'

const shape = {
  command: field(command, 'What to run: a list of program and arguments, or a string for the shell.', 'spawn-time'),
  cwd: field(text, 'Working folder, relative to the configuration file. Default: its folder.', 'spawn-time'),
  env: z.optional(
    mapOf(
      variableName,
      leaf(variableValue, 'Value of the variable; never shown.', 'spawn-time'),
      'a map such as {PORT: 80}',
      'Environment variables, added to those of the supervisor.'
    )
  ),
  envFile: field(text, 'A file of KEY=VALUE lines; `env` wins over it. Must not be writable by others.', 'spawn-time'),
  user: field(word, 'User to run as, name or number.', 'spawn-time'),
  group: field(word, 'Group to run as, name or number. Default: that of the user.', 'spawn-time'),
  supplementaryGroups: z.optional(
    listOf(leaf(word, 'Name or number.', 'spawn-time'), 'a list of groups', 'Supplementary groups. Default: those of the user.')
  ),
  umask: field(umask, 'File mode creation mask, octal, in quotes.', 'spawn-time'),
  rlimits: z.optional(
    mapOf(
      resourceName,
      leaf(resourceLimit, 'Soft and hard limit; one value is both.', 'spawn-time'),
      'a map such as {nofile: 1024, core: 0}',
      `Resource limits, as in prlimit(1): ${Object.keys(RESOURCES).join(', ')}.`
    )
  ),
  stop: z.optional(stopSection),
  scope: field(choice('tree', 'process'), 'What is measured and stopped: the process tree, or one process only.', 'spawn-time'),
  containment: field(choice('auto', 'cgroup', 'subreaper', 'group'), 'What holds the tree together. Default auto.', 'spawn-time'),
  onSupervisorDeath: field(choice('stop', 'leave'), onSupervisorDeathText, 'spawn-time'),
  limits: z.optional(limitsSection),
  respawn: z.optional(respawnSection),
  restart: field(
    choice('always', 'on-failure', 'never'),
    'Whether an end by itself is followed by a new start. Default on-failure for the worker, always for extensions.',
    'live'
  ),
  successCodes: z.optional(
    listOf(
      leaf(count(0, 255, 'an exit code'), 'An exit code.', 'live'),
      'a list of exit codes',
      'Exit codes that are no failure. Default [0].'
    )
  ),
  delay: field(duration, 'No limit stop before this uptime. Default 60s.', 'live'),
  enabled: field(boolean, 'Start it with the supervisor. Default true.', 'live'),
  watched: field(boolean, 'Whether limits apply at all. Default true.', 'live'),
  observe: field(boolean, 'Measure and write receipts, signal nothing. Default false.', 'live'),
  after: z.optional(
    listOf(leaf(nodeName, 'Name of a node.', 'live'), 'a list of names', 'Nodes that must be ready before this one starts.')
  ),
  ready: z.optional(readySection),
  health: z.optional(healthSection),
  log: z.optional(nodeLog)
}

const what = 'a map such as {command: [node, server.js]}'

export const workerSection = section(
  { name: field(nodeName, 'Name of the worker. Default worker.', 'spawn-time'), ...shape },
  what,
  'The main process.'
)
export const extensionSection = section(shape, what, 'A process beside the worker.')

/** The configuration of a worker or an extension as it was written, in the units of core/settings.ts. */
export type NodeConfig = z.output<typeof extensionSection>
