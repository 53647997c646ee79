import { type Bounds, INCLUDED, type Included, type Test } from './rule.ts'

/** What a rule with these tests counts besides, in the order of INCLUDED: who asks for zombies wants them counted. */
export function includedOf(tests: readonly Test[], asked: Iterable<Included>): readonly Included[] {
  const include = new Set(asked)
  if (tests.some(asksForZombies)) include.add('zombies')
  return INCLUDED.filter((one) => include.has(one))
}

export const asksForZombies = ({ condition, negated }: Test): boolean =>
  !negated && condition.field === 'state' && condition.letters.includes('Z')

/** What is wrong with bounds, from `found`; undefined: nothing. */
export function rejectBounds({ min, max }: Bounds): string | undefined {
  if (min === undefined && max === undefined) return 'found neither a minimum nor a maximum'
  return min !== undefined && max !== undefined && min > max ? `found a minimum of ${min} above the maximum of ${max}` : undefined
}
