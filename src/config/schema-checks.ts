import * as z from 'zod/mini'
import { POLICY_OPTION_WORDS } from '../core/checks/policies.ts'
import { INCLUDED, POLICY_NAMES } from '../core/checks/rule.ts'
import { parsePercent } from '../core/units.ts'
import { field, leaf, listOf, mapOf, section } from './field.ts'
import { command, nodeName } from './special-values.ts'
import { checkAction, condition, ruleText } from './special-values-checks.ts'
import { duration, interval } from './units.ts'
import { boolean, choice, count, type ValueKind } from './values.ts'

const MOST = 4_194_304

const coresPercent: ValueKind<number> = {
  expected: 'a percentage such as 90%; 100% is one core',
  read: parsePercent,
  show: (value) => `${value}%`,
  json: { type: ['string', 'number'], pattern: '^\\s*\\d+(\\.\\d+)? ?%?\\s*$', minimum: 0 }
}

const test = (name: Parameters<typeof condition>[0], description: string) => field(condition(name), description, 'live')

const exempt = (name: Parameters<typeof condition>[0]) =>
  z.optional(listOf(leaf(condition(name), 'One of them.', 'live'), 'a list', `Processes with such a ${name} are exempt.`))

const cpuSection = section(
  {
    limit: leaf(coresPercent, 'Processes above it count; 100% is one core.', 'live'),
    window: field(duration, 'Over the last so much time, at least 100ms.', 'live'),
    lifetime: field(boolean, 'true: over the whole life of the process instead.', 'live'),
    exempt: z.optional(
      section(
        { name: exempt('name'), exe: exempt('exe'), script: exempt('script'), user: exempt('user'), group: exempt('group') },
        'a map such as {name: [gzip], user: [backup, 1000-1999]}',
        'Who may use more.'
      )
    )
  },
  'a map such as {limit: 90%, window: 10s}',
  'Processes that use too much CPU. Unless count says otherwise, there may be none.'
)

const countSection = section(
  {
    min: field(count(0, MOST), 'At least so many. Default: no bound.', 'live'),
    max: field(count(0, MOST), 'At most so many. Default: no bound.', 'live')
  },
  'a map such as {min: 1, max: 5}',
  'How many processes there may be.'
)

export const checkSection = section(
  {
    rule: field(ruleText, 'The whole rule as on the command line, instead of fields.', 'live'),
    policy: field(choice(...POLICY_NAMES), 'A rule that comes with the program, instead of fields.', 'live'),
    strict: z.optional(
      listOf(
        leaf(choice(...POLICY_OPTION_WORDS), 'What gid0-not-uid0 counts besides.', 'live'),
        'a list',
        'For gid0-not-uid0: what it counts besides.'
      )
    ),
    name: test('name', "The kernel's name of the process, of its executable or of its script."),
    exe: test('exe', 'The whole path of its executable, as the kernel tells.'),
    script: test('script', 'Name or path of the script that its interpreter runs.'),
    args: test('args', 'A regular expression over its arguments.'),
    user: test('user', 'Effective user: name, uid or range of uids.'),
    group: test('group', 'Effective group: name, gid or range of gids.'),
    context: test('context', 'Label of the security system, in whole or in part.'),
    state: test('state', 'Letters of process states.'),
    ppid: test('ppid', 'Its parent.'),
    container: test('container', 'any, none, or the beginning of the id of a container.'),
    memory: test('memory', 'Resident memory: 100MB- (at least), -2GB (at most).'),
    vsz: test('vsz', 'Virtual memory, likewise.'),
    elapsed: test('elapsed', 'Time since its start: 1h- (at least), -30s (at most).'),
    cpu: z.optional(cpuSection),
    include: z.optional(
      listOf(
        leaf(choice(...INCLUDED), 'One of them.', 'live'),
        'a list',
        'What is not counted otherwise: zombies, kernel threads, tsupervise itself.'
      )
    ),
    count: z.optional(countSection),
    action: field(
      checkAction,
      'When it comes to fail: alert, stop (the processes that are too many) or restart NODE. Default alert.',
      'live'
    ),
    run: field(command, 'A command to run then, with the finding as JSON on its stdin, instead of an action.', 'live'),
    timeout: field(interval, 'That command is ended after this time. Default 30s.', 'live')
  },
  'a map such as {name: sshd, count: {min: 1}} or {rule: "sshd:1-"}',
  'A rule: which processes, how many, and what to do.'
)

export const checksSection = section(
  {
    interval: field(interval, 'Between two evaluations of the rules. Default 30s.', 'live'),
    settle: field(duration, 'A rule fails only when it fails throughout this time. Default 5s.', 'live'),
    rules: z.optional(mapOf(nodeName, checkSection, 'a map of rules by name', 'Rules by name.'))
  },
  'a map such as {interval: 30s, rules: {sshd: {rule: "sshd:1-"}}}',
  'Process checks: what must and what must not run.'
)
