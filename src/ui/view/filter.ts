import { type FilterFacts, judgeField } from '../../core/process/details/filter.ts'
import { FIELD_NAMES, type FieldName } from './filter-fields.ts'

/** What a term may be about; `any`: name, command, pid, user or state, whatever fits. */
export type FilterField = FieldName | 'any'

export interface Term {
  readonly field: FilterField
  /** In lower case, where the case does not matter. */
  readonly value: string
  readonly inverted: boolean
}

/** A row passes when every term holds. */
export interface Filter {
  /** As it was typed. */
  readonly text: string
  readonly terms: readonly Term[]
}

/** Beyond this nobody reads along. */
const MOST_TERMS = 16

/** `!`, field, value; a value in quotes may hold blanks, and its last quote may still be missing. */
const TERM = /(!?)(?:([a-z]+):)?(?:"([^"]*)(?:"|$)|(\S*))/gi

/**
 * `chrome user:www !state:zombie args:"a b"`: terms apart by blanks, `field:value` or text, `!` inverts.
 * undefined: nothing is filtered.
 */
export function parseFilter(text: string): Filter | undefined {
  const trimmed = text.trim()
  const terms = [...trimmed.matchAll(TERM)]
    .map(readTerm)
    .filter(({ value }) => value !== '')
    .slice(0, MOST_TERMS)
  return terms.length === 0 ? undefined : { text: trimmed, terms }
}

function readTerm([whole, bang = '', name, quoted, bare = '']: RegExpExecArray): Term {
  const inverted = bang !== ''
  const field = FIELD_NAMES.find((known) => known === name?.toLowerCase())
  if (field === undefined)
    return { field: 'any', value: (name === undefined ? (quoted ?? bare) : whole.slice(bang.length)).toLowerCase(), inverted }
  const value = quoted ?? bare
  return { field, value: Object.hasOwn(OWN, field) ? value.toLowerCase() : value, inverted }
}

/** What is known of a row; undefined: it could not be seen, which is never the same as no. */
export interface Subject {
  /** Name, command. */
  readonly names: readonly string[]
  readonly pid: number | undefined
  readonly user: string | undefined
  /** Letter and words. */
  readonly states: readonly string[]
  readonly node: string
  readonly kind: string
  readonly uid: number | undefined
  readonly binary: string | undefined
  readonly container: string | undefined
  readonly execId: string | undefined
  /** For the fields that the process cache knows too. */
  readonly known: FilterFacts
}

type Answer = boolean | undefined
type Test = (subject: Subject, value: string) => Answer

const holds = (text: string | undefined, value: string): Answer => (text === undefined ? undefined : text.toLowerCase().includes(value))
const equals = (text: string | number | undefined, value: string): Answer =>
  text === undefined ? undefined : String(text).toLowerCase() === value

const isNamed: Test = ({ names }, value) => names.some((name) => name.toLowerCase().includes(value))
const isInState: Test = ({ states }, value) => states.some((state) => state.toLowerCase() === value)

/** What is looked for while it is typed, so a part of it will do; all other fields are judged as the process cache judges them. */
const OWN: Readonly<Partial<Record<FilterField, Test>>> = {
  any: (subject, value) =>
    isNamed(subject, value) ||
    equals(subject.pid, value) === true ||
    equals(subject.user, value) === true ||
    (value.length > 1 && isInState(subject, value)),
  name: isNamed,
  pid: ({ pid }, value) => equals(pid, value),
  user: ({ user }, value) => equals(user, value),
  state: isInState,
  node: ({ node }, value) => holds(node, value),
  kind: ({ kind }, value) => equals(kind, value),
  uid: ({ uid }, value) => equals(uid, value),
  bin: ({ binary }, value) => holds(binary, value),
  container: ({ container, known }, value) => (known.container === null ? value === 'none' : holds(container, value)),
  exec: ({ execId }, value) => holds(execId, value)
}

const answerTo = ({ field, value }: Term, subject: Subject): Answer => {
  const own = OWN[field]
  return own === undefined ? judgeField(field, value, subject.known) : own(subject, value)
}

/** hidden: an inverted term forbids it, with all below it; found: every other term holds. What is not known neither forbids nor is found. */
export function judge(filter: Filter, subject: Subject): 'hidden' | 'found' | 'other' {
  let found = true
  for (const term of filter.terms) {
    const answer = answerTo(term, subject)
    if (term.inverted && answer === true) return 'hidden'
    if (!term.inverted && answer !== true) found = false
  }
  return found ? 'found' : 'other'
}

/** Whether something is looked for, rather than only left out. */
export const isSearching = (filter: Filter): boolean => filter.terms.some(({ inverted }) => !inverted)

const SAMPLED: ReadonlySet<FilterField> = new Set(['any', 'name', 'pid', 'ppid', 'user', 'state', 'node', 'kind', 'exec', 'text'])

/** Whether it is about what no sample holds: then each process is asked for. */
export const needsFacts = (filter: Filter | undefined): boolean => filter?.terms.some(({ field }) => !SAMPLED.has(field)) ?? false
