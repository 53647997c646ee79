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
  execId: process.execId
})

/** The name of its branch is a part of the node's name. */
export function subjectOfNode(name: string, node: NodeState, facts: Facts): Subject {
  const leader = leaderOf(node)
  const standing = standingOf(node, 0)
  return {
    // what it runs is found in its leader, which has a row of its own
    names: node.sample === undefined ? [name, node.description.argv.join(' ')] : [name],
    pid: leader?.pid,
    user: node.description.user,
    states: [standing.word, node.phase.phase],
    node: name,
    kind: node.description.kind,
    ...(leader === undefined ? UNKNOWN : factsOf(facts, leader)),
    execId: node.sample?.processes[0]?.execId
  }
}

export const subjectOfPair = ({ child, childCommand, parentCommand, uid, standing }: OrphanPair): Subject => ({
  names: [childCommand, parentCommand],
  pid: child.pid,
  user: undefined,
  states: [standing.kind],
  node: 'orphans',
  kind: 'orphan',
  uid,
  binary: undefined,
  container: undefined,
  execId: undefined
})

/** What a search looks at; undefined: a heading, which is never found. */
export function subjectOfRow(row: Row, facts: Facts): Subject | undefined {
  if (row.kind === 'process') return subjectOfProcess(row.name, row.node, row.process, facts)
  if (row.kind === 'node') return subjectOfNode(row.name, row.node, facts)
  return row.kind === 'orphan' ? subjectOfPair(row.pair) : undefined
}
