import type { NodeSample } from '../../core/events.ts'
import { type Identity, identityKey } from '../../core/process/identity.ts'
import type { OrphanPair } from '../../core/queries.ts'
import type { NodeState, OrphansState, SupervisorState } from '../../store.ts'

export type SampledProcess = NodeSample['processes'][number]

/** What a row stands for, independent of where it is: selection, folds and tags hold on to this, never to an index. */
export type RowKey = string

export type Fold = 'open' | 'folded' | 'none'

/** Of something that is shown for a while after its end. */
export interface Ended {
  /** Wall clock, ms. */
  readonly at: number
  readonly how: string
}

interface Common {
  readonly key: RowKey
  /** Whose row it is: the node's name, the branch's label, or the heading's word. */
  readonly name: string
  readonly fold: Fold
}

/** A supervisor of several; its nodes stand below it. */
export interface BranchRow extends Common {
  readonly kind: 'branch'
  readonly nodes: readonly NodeState[]
}

export interface NodeRow extends Common {
  readonly kind: 'node'
  readonly node: NodeState
  /** Below the row of a branch. */
  readonly nested: boolean
  readonly ended?: Ended
}

export interface ProcessRow extends Common {
  readonly kind: 'process'
  readonly node: NodeState
  readonly process: SampledProcess
  /** One character a level: `l` the last of its siblings, `m` one of more; at most DEEPEST. Empty in the flat list. */
  readonly guide: string
  readonly nested: boolean
  readonly ended?: Ended
}

export interface OrphansRow extends Common {
  readonly kind: 'orphans'
  readonly orphans: OrphansState
  /** Whose, of several supervisors. */
  readonly label: string | undefined
  /** Below the row of a branch. */
  readonly nested: boolean
}

export interface OrphanRow extends Common {
  readonly kind: 'orphan'
  readonly pair: OrphanPair
  readonly isLast: boolean
  readonly nested: boolean
}

/** Pairs that are registered but not listed. */
export interface MoreRow extends Common {
  readonly kind: 'more'
  readonly nested: boolean
  readonly count: number
}

/** Of a node: the node itself, or one of its processes. */
export type MemberRow = NodeRow | ProcessRow
export type Row = BranchRow | NodeRow | ProcessRow | OrphansRow | OrphanRow | MoreRow

/** Levels of a process tree that are drawn. */
export const DEEPEST = 12

export const nodeKey = (name: string): RowKey => `node ${name}`
export const processKey = (identity: Identity): RowKey => `process ${identityKey(identity)}`
export const branchKey = (label: string): RowKey => `branch ${label}`
/** `label`: of the supervisor, where there are several. */
export const orphansKey = (label: string | undefined): RowKey => (label === undefined ? 'orphans' : `orphans ${label}`)
export const pairKey = ({ parent, child, uid }: OrphanPair): RowKey => `orphan ${identityKey(child)} of ${identityKey(parent)} for ${uid}`

/** How far a row stands to the right. */
export function depthOf(row: Row): number {
  if (row.kind === 'branch') return 0
  const below = row.nested ? 1 : 0
  if (row.kind === 'node' || row.kind === 'orphans') return below
  return below + (row.kind === 'process' ? row.guide.length : 1)
}

/** The process or pair of this row, as it may be named to the supervisor. */
export const identityOf = (row: Row): Identity | undefined => {
  if (row.kind === 'process') return { pid: row.process.pid, startTime: row.process.startTime }
  return row.kind === 'orphan' ? row.pair.child : undefined
}

/** A node by its name, whatever that name is; undefined when it is gone. */
export const nodeNamed = (state: SupervisorState, name: string): NodeState | undefined =>
  Object.hasOwn(state.nodes, name) ? state.nodes[name] : undefined

/** Nodes of several supervisors are named `LABEL/NODE`; undefined: there is one supervisor. */
export function branchOf(name: string): { readonly label: string; readonly own: string } | undefined {
  const slash = name.indexOf('/')
  return slash === -1 ? undefined : { label: name.slice(0, slash), own: name.slice(slash + 1) }
}
