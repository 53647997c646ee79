import type { CheckState } from '../core/checks/state.ts'
import type { SupervisorEvent } from '../core/events.ts'
import { keepEqual } from './keep-equal.ts'

/** What an event changes about the rules of the process checks; the very same list when it changes nothing. */
export function reduceChecks(checks: readonly CheckState[], event: SupervisorEvent): readonly CheckState[] {
  switch (event.type) {
    case 'check-added': {
      const added: CheckState = {
        ...event.check,
        state: 'unknown',
        count: undefined,
        reason: 'not evaluated yet',
        processes: [],
        since: event.time
      }
      return checks.some(({ name }) => name === added.name) ? update(checks, added.name, added) : [...checks, added]
    }
    case 'check-removed':
      return checks.some(({ name }) => name === event.check) ? checks.filter(({ name }) => name !== event.check) : checks
    case 'check-changed':
      return update(checks, event.check, { ...event.result, since: event.time })
    case 'checks-counted':
      return event.checks.reduce((list, { check, result }) => update(list, check, result), checks)
    default:
      return checks
  }
}

function update(checks: readonly CheckState[], name: string, change: Partial<CheckState>): readonly CheckState[] {
  const at = checks.findIndex((check) => check.name === name)
  const known = checks[at]
  if (known === undefined) return checks
  const next = keepEqual(known, { ...known, ...change })
  return next === known ? checks : checks.with(at, next)
}
