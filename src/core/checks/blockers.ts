import type { SecuritySystem } from './contexts/security-system.ts'
import { SECURITY_SYSTEMS } from './contexts/systems.ts'
import type { Rule, Test } from './rule.ts'
import type { World } from './world.ts'

/** Why a rule cannot be answered here at all: neither ok nor a failure of what it watches. `found`: processes that may match. */
export function blockerOf({ tests }: Rule, world: World, found: number): string | undefined {
  for (const test of tests) {
    const blocker = blockerOfTest(test, world, found)
    if (blocker !== undefined) return blocker
  }
  return undefined
}

function blockerOfTest({ condition, negated }: Test, { systems, accounts }: World, found: number): string | undefined {
  switch (condition.field) {
    case 'context': {
      const { system } = condition
      const usable = systems.filter(({ name }) => system === undefined || name === system)
      return usable.length > 0 ? undefined : `there is no ${titles(system)} here`
    }
    case 'user':
    case 'group': {
      const { who, field } = condition
      if (who.kind === 'name') return accounts.id(field, who.name) === undefined ? `there is no ${field} ${who.name}` : undefined
      // whoever runs something exists, listed or not
      if (who.kind === 'ids' || negated || found > 0 || accounts.isListed(field, who.id)) return undefined
      return `there is no ${field} with the number ${who.id} (a range such as ${who.id}-${who.id} is not looked up)`
    }
    default:
      return undefined
  }
}

const titles = (system: string | undefined): string => {
  const meant = SECURITY_SYSTEMS.filter(({ name }: SecuritySystem) => system === undefined || name === system)
  return meant.map(({ title }) => title).join(' or ') || 'such security system'
}
