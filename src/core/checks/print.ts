import { asksForZombies } from './assemble.ts'
import { showCondition } from './fields.ts'
import { escapeValue, escapeWord } from './pieces.ts'
import { type Bounds, POLICY_NAMES, type Rule, type Test } from './rule.ts'

/** The rule in its shortest form; parsed again it is the same rule. */
export const printRule = (rule: Pick<Rule, 'policy' | 'tests' | 'include' | 'bounds'>): string =>
  `${printSelector(rule)}:${printBounds(rule.bounds)}`

/** `1-1`, `1-`, `-5`; an unset bound is left empty. */
export const printBounds = ({ min, max }: Bounds): string => `${min ?? ''}-${max ?? ''}`

export function printSelector({ policy, tests, include }: Pick<Rule, 'policy' | 'tests' | 'include'>): string {
  if (policy !== undefined) return [policy.name, ...policy.options.map(escapeWord)].join('+')
  const implied = tests.some(asksForZombies)
  const included = include.filter((one) => !(one === 'zombies' && implied)).map((one) => `include=${one}`)
  const parts = [...tests.map((test, index) => (index === 0 ? shorthand(test) : undefined) ?? written(test)), ...included]
  return tests.length === 0 ? ['*', ...included].join(',') : parts.join(',')
}

const written = ({ condition, negated }: Test): string =>
  `${condition.field}${negated ? '!' : ''}=${escapeValue(showCondition(condition) ?? '')}`

/** A path, or a name that could not be anything else. */
function shorthand({ condition, negated }: Test): string | undefined {
  if (negated) return undefined
  if (condition.field === 'exe') return escapeValue(condition.value)
  if (condition.field !== 'name') return undefined
  const { value } = condition
  const isWord = (POLICY_NAMES as readonly string[]).includes(value.split('+')[0] ?? '') || value === '*' || value.startsWith('-')
  return isWord ? undefined : escapeValue(value).replaceAll('=', '\\=')
}
