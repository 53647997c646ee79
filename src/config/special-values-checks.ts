import { FIELDS, showCondition, type WrittenField } from '../core/checks/fields.ts'
import { parseRule } from '../core/checks/grammar.ts'
import { printRule } from '../core/checks/print.ts'
import type { Condition, Rule } from '../core/checks/rule.ts'
import type { CheckAction } from '../core/settings.ts'
import { NAME_PATTERN } from './special-values.ts'
import type { ValueKind } from './values.ts'

const TEXT_OR_NUMBER = { type: ['string', 'number'] }

/** The value of one field of a rule, as on the command line. */
export const condition = (field: WrittenField): ValueKind<Condition> => ({
  expected: FIELDS[field].expected,
  read: (found) => (typeof found === 'string' || typeof found === 'number' ? FIELDS[field].read(String(found)) : undefined),
  show: (value) => showCondition(value) ?? '',
  json: TEXT_OR_NUMBER
})

/** A rule as on the command line. */
export const ruleText: ValueKind<Rule> = {
  expected: 'a rule such as sshd:1-, exe=/usr/sbin/sshd,user=root:1-1 or no-zombies',
  read: (found) => {
    const parsed = typeof found === 'string' ? parseRule(found) : undefined
    return parsed?.ok ? parsed.value : undefined
  },
  show: printRule,
  json: { type: 'string', minLength: 1, maxLength: 4096 }
}

/** What a failing rule does, but for commands. */
export const checkAction: ValueKind<Exclude<CheckAction, { kind: 'run' }>> = {
  expected: 'alert, stop or restart NODE',
  read: (found) => {
    if (found === 'alert' || found === 'stop') return { kind: found }
    const node = typeof found === 'string' ? /^restart\s+(\S+)$/.exec(found)?.[1] : undefined
    return node !== undefined && NAME_PATTERN.test(node) ? { kind: 'restart', node } : undefined
  },
  show: (action) => (action.kind === 'restart' ? `restart ${action.node}` : action.kind),
  json: { type: 'string', pattern: '^(alert|stop|restart [A-Za-z0-9._-]{1,64})$', examples: ['alert', 'stop', 'restart worker'] }
}
