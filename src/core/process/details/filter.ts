import { failure, type Result, success } from '../../errors.ts'
import type { ProcessDetails } from '../../queries.ts'

/** What a filter looks at; what is missing is unknown, and matches neither a term nor its opposite. */
export interface FilterFacts {
  readonly pid?: number
  readonly ppid?: number
  readonly execId?: string
  readonly parentExecId?: string | undefined
  readonly node?: string | undefined
  /** The whole line, for words without a field. */
  readonly command?: string
  readonly binary?: string | undefined
  readonly arguments?: string | undefined
  readonly cwd?: string | undefined
  readonly uid?: number | undefined
  readonly euid?: number | undefined
  readonly gid?: number | undefined
  readonly egid?: number | undefined
  /** null: unset. */
  readonly auid?: number | null | undefined
  /** Effective ones: `CAP_NET_RAW`. */
  readonly capabilities?: readonly string[] | undefined
  /** Inodes. */
  readonly namespaces?: readonly number[] | undefined
  /** Short id; null: in none. */
  readonly container?: string | null | undefined
  readonly pod?: { readonly namespace: string; readonly name: string; readonly workload: string } | undefined
  readonly flags?: string | undefined
  readonly properties?: readonly string[] | undefined
}

type Verdict = boolean | undefined
type Test = (facts: FilterFacts, value: string) => Verdict

interface Term {
  readonly field: string
  readonly value: string
  readonly negated: boolean
}

/** All of its terms must match. */
export interface ProcessFilter {
  readonly terms: readonly Term[]
}

const isNumber = (fact: number | null | undefined, value: string): Verdict => (fact === undefined ? undefined : String(fact) === value)
const contains = (fact: string | undefined, value: string): Verdict => fact?.toLowerCase().includes(value.toLowerCase())
const begins = (fact: string, value: string): boolean => fact.startsWith(value) || value.startsWith(fact)

/** What each field looks at. */
const FIELDS: Readonly<Record<string, Test>> = {
  pid: ({ pid }, value) => isNumber(pid, value),
  ppid: ({ ppid }, value) => isNumber(ppid, value),
  exec: ({ execId }, value) => execId?.startsWith(value),
  parent: ({ parentExecId }, value) => parentExecId?.startsWith(value),
  node: ({ node }, value) => (node === undefined ? undefined : node === value),
  /** A path, or the name of a program wherever it lies. */
  bin: ({ binary }, value) =>
    binary === undefined ? undefined : value.includes('/') ? binary === value : binary.slice(binary.lastIndexOf('/') + 1) === value,
  args: (facts, value) => contains(facts.arguments, value),
  /** The folder, or one below it. */
  cwd: ({ cwd }, value) => (cwd === undefined ? undefined : cwd === value || cwd.startsWith(value.endsWith('/') ? value : `${value}/`)),
  uid: ({ uid }, value) => isNumber(uid, value),
  euid: ({ euid }, value) => isNumber(euid, value),
  gid: ({ gid }, value) => isNumber(gid, value),
  egid: ({ egid }, value) => isNumber(egid, value),
  auid: ({ auid }, value) => (auid === undefined ? undefined : (auid === null ? 'unset' : String(auid)) === value),
  cap: ({ capabilities }, value) => capabilities?.includes(`CAP_${value.toUpperCase().replace(/^CAP_/, '')}`),
  ns: ({ namespaces }, value) => namespaces?.some((inode) => String(inode) === value),
  /** The first characters of its id, or `none`. */
  container({ container }, value) {
    if (container === undefined) return undefined
    return container === null ? value === 'none' : begins(container, value)
  },
  /** `name`, `namespace/name`. */
  pod: ({ pod }, value) => (pod === undefined ? undefined : value === pod.name || value === `${pod.namespace}/${pod.name}`),
  workload: ({ pod }, value) => (pod === undefined ? undefined : pod.workload === value),
  flag: ({ flags }, value) => flags?.split(' ').includes(value),
  prop: ({ properties }, value) => properties?.some((property) => property.startsWith(value)),
  text: ({ command }, value) => contains(command, value)
}

/** Names of the fields, for help and completion. */
export const FILTER_FIELDS: readonly string[] = Object.keys(FIELDS)

/** Whether one field is so; undefined: it is not known, or there is no such field. */
export const judgeField = (field: string, value: string, facts: FilterFacts): boolean | undefined =>
  Object.hasOwn(FIELDS, field) ? FIELDS[field]?.(facts, value) : undefined

const TERM = /(!?)(?:([a-z]+):)?(?:"([^"]*)"|(\S+))/g

/**
 * `uid:1000 !bin:/usr/bin/x container:abc args:"a b" word`: terms parted by blanks. A word without a field, or with one that there is not
 * (`http://x`), is looked for in the command. Errors: `no-value` for a field with nothing behind it.
 */
export function parseProcessFilter(text: string): Result<ProcessFilter> {
  const terms: Term[] = []
  for (const [whole, bang = '', name, quoted, bare] of text.matchAll(TERM)) {
    const bareField = /^([a-z]+):$/.exec(bare ?? '')?.[1]
    if (name === undefined && bareField !== undefined && Object.hasOwn(FIELDS, bareField)) {
      return failure('no-value', `${bareField}: wants a value, such as ${bareField}:${EXAMPLES[bareField] ?? '...'}`)
    }
    const known = name !== undefined && Object.hasOwn(FIELDS, name)
    const value = known || name === undefined ? (quoted ?? bare ?? '') : whole.slice(bang.length)
    terms.push({ field: known ? name : 'text', value, negated: bang !== '' })
  }
  return success({ terms })
}

const EXAMPLES: Readonly<Record<string, string>> = { uid: '1000', container: '551e161c47d8', bin: '/usr/bin/curl', exec: 'a2luZC1j' }

/** Pure. An empty filter matches everything. */
export const matchProcess = ({ terms }: ProcessFilter, facts: FilterFacts): boolean =>
  terms.every(({ field, value, negated }) => {
    const verdict = FIELDS[field]?.(facts, value)
    return verdict !== undefined && verdict !== negated
  })

/** What is known of a process, for a filter. */
export function filterFactsOf(details: ProcessDetails): FilterFacts {
  const { credentials, namespaces, pod } = details
  return {
    pid: details.pid,
    ppid: details.ppid,
    execId: details.execId,
    parentExecId: details.parentExecId,
    node: details.node,
    command: details.command,
    binary: details.binary,
    arguments: details.arguments,
    cwd: details.cwd,
    uid: credentials?.uid,
    euid: credentials?.euid,
    gid: credentials?.gid,
    egid: credentials?.egid,
    auid: credentials && (credentials.auid ?? null),
    capabilities: credentials?.capEffective.split(' '),
    namespaces: namespaces && Object.values(namespaces).map(({ inode }) => inode),
    container: details.container ?? (details.cgroup === undefined ? undefined : null),
    pod,
    flags: details.flags,
    properties: details.properties
  }
}
