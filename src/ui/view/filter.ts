/** What a term may be about; `any`: name, command, pid, user or state, whatever fits. */
const FIELDS = ['name', 'pid', 'user', 'state', 'node', 'kind', 'uid', 'bin', 'container', 'exec'] as const
export type FilterField = (typeof FIELDS)[number] | 'any'

export interface Term {
  readonly field: FilterField
  /** In lower case. */
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

/** `chrome user:www !state:zombie`: terms apart by blanks, `field:value` or text, `!` inverts. undefined: nothing is filtered. */
export function parseFilter(text: string): Filter | undefined {
  const terms = text
    .split(/\s+/)
    .map(readTerm)
    .filter((term) => term.value !== '')
    .slice(0, MOST_TERMS)
  return terms.length === 0 ? undefined : { text: text.trim(), terms }
}

function readTerm(word: string): Term {
  const inverted = word.startsWith('!')
  const bare = (inverted ? word.slice(1) : word).toLowerCase()
  const colon = bare.indexOf(':')
  const field = FIELDS.find((name) => name === bare.slice(0, colon))
  return field === undefined ? { field: 'any', value: bare, inverted } : { field, value: bare.slice(colon + 1), inverted }
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
}

type Answer = boolean | undefined
type Test = (subject: Subject, value: string) => Answer

const holds = (text: string | undefined, value: string): Answer => (text === undefined ? undefined : text.toLowerCase().includes(value))
const equals = (text: string | number | undefined, value: string): Answer =>
  text === undefined ? undefined : String(text).toLowerCase() === value

const isNamed: Test = ({ names }, value) => names.some((name) => name.toLowerCase().includes(value))
const isInState: Test = ({ states }, value) => states.some((state) => state.toLowerCase() === value)

const TESTS: Readonly<Record<FilterField, Test>> = {
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
  container: ({ container }, value) => holds(container, value),
  exec: ({ execId }, value) => holds(execId, value)
}

/** hidden: an inverted term forbids it, with all below it; found: every other term holds. What is not known neither forbids nor is found. */
export function judge(filter: Filter, subject: Subject): 'hidden' | 'found' | 'other' {
  let found = true
  for (const { field, value, inverted } of filter.terms) {
    const answer = TESTS[field](subject, value)
    if (inverted && answer === true) return 'hidden'
    if (!inverted && answer !== true) found = false
  }
  return found ? 'found' : 'other'
}

/** Whether something is looked for, rather than only left out. */
export const isSearching = (filter: Filter): boolean => filter.terms.some(({ inverted }) => !inverted)

const ASKED_FOR: ReadonlySet<FilterField> = new Set(['uid', 'bin', 'container'])

/** Whether it is about what no sample holds: then each process is asked for. */
export const needsFacts = (filter: Filter | undefined): boolean => filter?.terms.some(({ field }) => ASKED_FOR.has(field)) ?? false
