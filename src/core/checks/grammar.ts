import { success } from '../errors.ts'
import { includedOf, rejectBounds } from './assemble.ts'
import { fault, type Parsed } from './fault.ts'
import { FIELDS, isWritten } from './fields.ts'
import { columnOf, find, findLast, type Piece, readEscapes, slice, split } from './pieces.ts'
import { meaningOf, POLICIES } from './policies.ts'
import { type Bounds, INCLUDED, type Included, POLICY_NAMES, type PolicyName, type PolicyUse, type Rule, type Test } from './rule.ts'

/** No rule that a person writes is longer. */
const LONGEST = 4096
/** PID_MAX_LIMIT: there are never more processes. */
const MOST = 4_194_304

const BOUNDS_EXPECTED = 'expected MIN-MAX, MIN- or -MAX, such as 1-1, 1- or -5'

/**
 * `required`: a selector without bounds is a fault, as it could never fail. `optional`: bounds come from elsewhere (Nagios ranges),
 * and bounds in the rule are a fault.
 */
export type BoundsWanted = 'required' | 'none'

/**
 * Reads `SELECTOR:MIN-MAX`.
 *
 *     SELECTOR = * | POLICY[+OPTION...] | FIRST[,FIELD=VALUE | ,FIELD!=VALUE | ,include=WHAT]...
 *     FIRST    = NAME | /FULL/PATH | FIELD=VALUE | FIELD!=VALUE
 *
 * The last colon begins the bounds. A backslash before `\`, `,`, `:` or `=` makes that character plain.
 * The fault says the column, from 1.
 */
export function parseRule(source: string, wanted: BoundsWanted = 'required'): Parsed<Rule> {
  if (source.length > LONGEST) return fault(LONGEST + 1, `a rule of more than ${LONGEST} characters`)
  const whole = readEscapes(source)
  const colon = findLast(whole, ':')
  const tail = colon === -1 ? undefined : slice(whole, colon + 1, whole.text.length)
  const isBounded = tail !== undefined && /^\d*-\d*$/.test(tail.text)
  const head = isBounded ? slice(whole, 0, colon) : whole
  if (isBounded && wanted === 'none')
    return fault(columnOf(tail), `found bounds; expected none, as --warning and --critical judge the count`)
  const selector = parseSelector(head)
  if (!selector.ok) return selector
  const bounds = isBounded ? parseBounds(tail) : success(selector.value.bounds)
  if (!bounds.ok) return bounds
  if (bounds.value === undefined && wanted === 'required') return missingBounds(whole, tail)
  const label = isBounded ? source.slice(0, whole.at[colon]) : source
  return success({ ...selector.value, label, bounds: bounds.value ?? { min: undefined, max: undefined } })
}

function missingBounds(whole: Piece, tail: Piece | undefined): Parsed<never> {
  if (tail === undefined) return fault(columnOf(whole, whole.text.length), `found the end of the rule; expected : and then MIN-MAX`)
  return fault(columnOf(tail), `found ${quoted(tail.text)}; ${BOUNDS_EXPECTED}`)
}

function parseBounds(tail: Piece): Parsed<Bounds> {
  const dash = tail.text.indexOf('-')
  const [low, high] = [tail.text.slice(0, dash), tail.text.slice(dash + 1)]
  const [min, max] = [low, high].map((digits) => (digits === '' ? undefined : Number(digits)))
  if (min !== undefined && min > MOST) return fault(columnOf(tail), `found ${low.slice(0, 20)}; expected at most ${MOST}`)
  if (max !== undefined && max > MOST) return fault(columnOf(tail, dash + 1), `found ${high.slice(0, 20)}; expected at most ${MOST}`)
  const wrong = rejectBounds({ min, max })
  return wrong === undefined ? success({ min, max }) : fault(columnOf(tail), `${wrong}; ${BOUNDS_EXPECTED}`)
}

type Selector = Omit<Rule, 'label' | 'bounds'> & { readonly bounds: Bounds | undefined }

function parseSelector(head: Piece): Parsed<Selector> {
  if (head.text === '') return fault(columnOf(head), 'found nothing; expected a name, a full path or FIELD=VALUE')
  const policy = policyIn(head)
  if (policy !== undefined) return policy
  const tests: Test[] = []
  const include = new Set<Included>()
  for (const [index, part] of split(head).entries()) {
    if (index === 0 && part.text === '*') continue
    const read = parsePart(part, index === 0)
    if (!read.ok) return read
    if ('include' in read.value) {
      include.add(read.value.include)
      continue
    }
    const { test } = read.value
    const twice = tests.some(({ condition, negated }) => !negated && !test.negated && condition.field === test.condition.field)
    if (twice && test.condition.field !== 'args')
      return fault(columnOf(part), `found ${test.condition.field} twice; no process has two of them`)
    tests.push(test)
  }
  return success({ policy: undefined, tests, include: includedOf(tests, include), bounds: undefined })
}

function policyIn(head: Piece): Parsed<Selector> | undefined {
  const [name = '', ...options] = head.text.split('+')
  if (!(POLICY_NAMES as readonly string[]).includes(name)) return undefined
  const use: PolicyUse = { name: name as PolicyName, options }
  const { options: expected, takes } = POLICIES[use.name]
  let at = name.length + 1
  for (const [index, option] of options.entries()) {
    if (expected === undefined) return fault(columnOf(head, at - 1), `found an option; ${name} has none`)
    if (!takes(option) || options.indexOf(option) !== index)
      return fault(columnOf(head, at), `found ${quoted(option)}; expected ${expected}`)
    at += option.length + 1
  }
  return success({ policy: use, ...meaningOf(use) })
}

type Part = { readonly test: Test } | { readonly include: Included }

function parsePart(part: Piece, isFirst: boolean): Parsed<Part> {
  const equals = find(part, '=')
  if (isFirst && part.text.startsWith('/')) return conditionOf('exe', part, false)
  if (equals === -1 && isFirst) return conditionOf('name', part, false)
  if (equals === -1) {
    return fault(columnOf(part), `found ${quoted(part.text)}; expected FIELD=VALUE (a comma within a value is written \\,)`)
  }
  const negated = equals > 0 && part.text[equals - 1] === '!'
  const field = part.text.slice(0, negated ? equals - 1 : equals)
  const value = slice(part, equals + 1, part.text.length)
  if (field === 'include' && !negated) return includeIn(value)
  if (!isWritten(field)) return unknownField(part, field)
  return conditionOf(field, value, negated)
}

function unknownField(part: Piece, field: string): Parsed<never> {
  const known = [...Object.keys(FIELDS), 'include'].join(', ')
  return fault(columnOf(part), `found the field ${quoted(field)}; expected one of ${known} (a name with = in it is written name=...)`)
}

function conditionOf(field: keyof typeof FIELDS, value: Piece, negated: boolean): Parsed<Part> {
  const { read, expected } = FIELDS[field]
  const condition = read(value.text)
  if (condition === undefined) return fault(columnOf(value), `found ${quoted(value.text)}; expected ${expected}`)
  return success({ test: { condition, negated } })
}

function includeIn(value: Piece): Parsed<Part> {
  const include = INCLUDED.find((one) => one === value.text)
  if (include === undefined) return fault(columnOf(value), `found ${quoted(value.text)}; expected one of ${INCLUDED.join(', ')}`)
  return success({ include })
}

const SHOWN = 60

const quoted = (text: string): string => (text === '' ? 'nothing' : JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text))
