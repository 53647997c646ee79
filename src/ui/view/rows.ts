import type { NodeSample } from '../../core/events.ts'
import { type Identity, identityKey } from '../../core/process/identity.ts'
import type { NodeState, SupervisorState } from '../../store.ts'

export type SampledProcess = NodeSample['processes'][number]

/** What a row stands for, independent of where it is: selection and folds hold on to this, never to an index. */
export type RowKey = string

export type Row =
  | {
      readonly kind: 'node'
      readonly key: RowKey
      readonly name: string
      readonly node: NodeState
      readonly fold: 'open' | 'folded' | 'none'
    }
  | {
      readonly kind: 'process'
      readonly key: RowKey
      readonly name: string
      readonly node: NodeState
      readonly process: SampledProcess
      /** One character a level: `l` the last of its siblings, `m` one of more; at most DEEPEST. Empty in the flat list. */
      readonly guide: string
      readonly fold: 'open' | 'folded' | 'none'
    }

export type Order = 'tree' | 'flat'

/** Levels of a process tree that are drawn. */
const DEEPEST = 12

export const nodeKey = (name: string): RowKey => `node ${name}`
export const processKey = (identity: Identity): RowKey => `process ${identityKey(identity)}`

/** A node by its name, whatever that name is; undefined when it is gone. */
export const nodeNamed = (state: SupervisorState, name: string): NodeState | undefined =>
  Object.hasOwn(state.nodes, name) ? state.nodes[name] : undefined

/** All rows in order, folded ones left out. */
export function buildRows(state: SupervisorState, folded: ReadonlySet<RowKey>, order: Order): Row[] {
  return order === 'flat' ? flatRows(state) : treeRows(state, folded)
}

function treeRows(state: SupervisorState, folded: ReadonlySet<RowKey>): Row[] {
  const rows: Row[] = []
  for (const name of state.order) {
    const node = nodeNamed(state, name)
    if (node === undefined) continue
    const key = nodeKey(name)
    const processes = node.sample?.processes ?? []
    const fold = processes.length === 0 ? 'none' : folded.has(key) ? 'folded' : 'open'
    rows.push({ kind: 'node', key, name, node, fold })
    if (fold === 'open') addProcesses(rows, name, node, processes, folded)
  }
  return rows
}

/** Depth first without recursion: a chain of thousands of forks is a tree too. */
function addProcesses(rows: Row[], name: string, node: NodeState, processes: readonly SampledProcess[], folded: ReadonlySet<RowKey>): void {
  const children = childrenByParent(processes)
  const seen = new Set<SampledProcess>()
  const stack: { process: SampledProcess; guide: string }[] = []
  const push = (siblings: readonly SampledProcess[], parentGuide: string): void => {
    for (let index = siblings.length - 1; index >= 0; index--) {
      const process = siblings[index]
      if (process === undefined || seen.has(process)) continue
      seen.add(process)
      stack.push({ process, guide: parentGuide.slice(1 - DEEPEST) + (index === siblings.length - 1 ? 'l' : 'm') })
    }
  }
  push(children.get(undefined) ?? [], '')
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { process, guide } = top
    const key = processKey(process)
    const offspring = children.get(process.pid) ?? []
    const fold = offspring.length === 0 ? 'none' : folded.has(key) ? 'folded' : 'open'
    rows.push({ kind: 'process', key, name, node, process, guide, fold })
    if (fold === 'open') push(offspring, guide)
  }
}

/** Children by the parent's pid; under `undefined` those whose parent is not in the tree. A parent always comes before its children. */
function childrenByParent(processes: readonly SampledProcess[]): Map<number | undefined, SampledProcess[]> {
  const children = new Map<number | undefined, SampledProcess[]>()
  const known = new Set<number>()
  for (const process of processes) {
    const parent = known.has(process.ppid) ? process.ppid : undefined
    known.add(process.pid)
    const siblings = children.get(parent)
    if (siblings === undefined) children.set(parent, [process])
    else siblings.push(process)
  }
  return children
}

/** Every process by its CPU, then its memory; nodes without processes after them. */
function flatRows(state: SupervisorState): Row[] {
  const rows: Row[] = []
  const without: Row[] = []
  for (const name of state.order) {
    const node = nodeNamed(state, name)
    if (node === undefined) continue
    const processes = node.sample?.processes ?? []
    if (processes.length === 0) without.push({ kind: 'node', key: nodeKey(name), name, node, fold: 'none' })
    for (const process of processes) {
      rows.push({ kind: 'process', key: processKey(process), name, node, process, guide: '', fold: 'none' })
    }
  }
  rows.sort((a, b) => weight(b) - weight(a) || memory(b) - memory(a))
  return [...rows, ...without]
}

const weight = (row: Row): number => (row.kind === 'process' ? row.process.cpuPercent : 0)
const memory = (row: Row): number => (row.kind === 'process' ? row.process.rssBytes : 0)

/** Everything that can be folded. */
export function foldable(state: SupervisorState): RowKey[] {
  return treeRows(state, new Set())
    .filter((row) => row.fold !== 'none')
    .map((row) => row.key)
}
