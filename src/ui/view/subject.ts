import type { FilterFacts } from '../../core/process/details/filter.ts'
import { type Identity, identityKey } from '../../core/process/identity.ts'
import type { OrphanPair, ProcessDetails } from '../../core/queries.ts'
import type { NodeState } from '../../store.ts'
import type { Subject } from './filter.ts'
import type { Row, SampledProcess } from './row.ts'
import { standingOf } from './standing.ts'
import { leaderOf } from './target.ts'

/** What was asked about a process because a filter or its detail wants it. */
export interface ProcessFacts {
  readonly uid: number | undefined
  readonly binary: string | undefined
  readonly container: string | undefined
  /** All that a filter may be about. */
  readonly known?: FilterFacts
  /** Only of processes whose detail was opened. */
  readonly details?: ProcessDetails
}

export type Facts = ReadonlyMap<string, ProcessFacts>

export const factsOf = (facts: Facts, identity: Identity): ProcessFacts => facts.get(identityKey(identity)) ?? UNKNOWN

const UNKNOWN: ProcessFacts = { uid: undefined, binary: undefined, container: undefined }

/** Words for the kernel's state letters, proc(5). */
export const PROCESS_STATES: Readonly<Record<string, string>> = {
  R: 'running',
  S: 'sleeping',
  D: 'disk wait',
  Z: 'zombie',
  T: 'stopped',
  t: 'traced',
  I: 'idle',
  X: 'dead'
}

export const subjectOfProcess = (name: string, node: NodeState, process: SampledProcess, facts: Facts): Subject => ({
  names: [process.command, process.comm],
  pid: process.pid,
  user: node.description.user,
  states: [process.state, PROCESS_STATES[process.state] ?? ''],
  node: name,
  kind: 'process',
  ...factsOf(facts, process),
  execId: process.execId,
  known: { ...factsOf(facts, process).known, ppid: process.ppid, command: process.command }
})

/** What its leader runs and came from is told by the leader's own row. */
function withoutOwn({ command: _command, ppid: _ppid, ...known }: FilterFacts = {}): FilterFacts {
  return known
}

/** The name of its branch is a part of the node's name. */
export function subjectOfNode(name: string, node: NodeState, facts: Facts): Subject {
  const leader = leaderOf(node)
  const standing = standingOf(node, 0)
  const asked = leader === undefined ? UNKNOWN : factsOf(facts, leader)
  return {
    // what it runs is found in its leader, which has a row of its own
    names: node.sample === undefined ? [name, node.description.argv.join(' ')] : [name],
    pid: leader?.pid,
    user: node.description.user,
    states: [standing.word, node.phase.phase],
    node: name,
    kind: node.description.kind,
    ...asked,
    execId: node.sample?.processes[0]?.execId,
    known: { ...withoutOwn(asked.known), ...(node.sample === undefined ? { command: node.description.argv.join(' ') } : {}) }
  }
}

/** `name`: of the heading, with the supervisor's label where there are several. */
export const subjectOfPair = ({ child, childCommand, parentCommand, uid, standing }: OrphanPair, name: string): Subject => ({
  names: [childCommand, parentCommand],
  pid: child.pid,
  user: undefined,
  states: [standing.kind],
  node: name,
  kind: 'orphan',
  uid,
  binary: undefined,
  container: undefined,
  execId: undefined,
  known: { command: childCommand }
})

/** What a search looks at; undefined: a heading, which is never found. */
export function subjectOfRow(row: Row, facts: Facts): Subject | undefined {
  if (row.kind === 'process') return subjectOfProcess(row.name, row.node, row.process, facts)
  if (row.kind === 'node') return subjectOfNode(row.name, row.node, facts)
  return row.kind === 'orphan' ? subjectOfPair(row.pair, row.name) : undefined
}
