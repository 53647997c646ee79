import type { NodeState, OrphansState, SupervisorState } from '../../store.ts'
import { type Filter, isSearching, judge } from './filter.ts'
import type { Ghosts } from './ghosts.ts'
import { orphanRows } from './orphan-rows.ts'
import { addProcessRows, familyOf, memberVisibility } from './process-rows.ts'
import {
  branchKey,
  branchOf,
  type Ended,
  nodeKey,
  nodeNamed,
  type ProcessRow,
  processKey,
  type Row,
  type RowKey,
  type SampledProcess
} from './row.ts'
import { type Sort, sortNodes, sortProcesses } from './sort.ts'
import { type Facts, subjectOfNode, subjectOfProcess } from './subject.ts'

export { nodeNamed } from './row.ts'

export type Order = 'tree' | 'flat'

/** What the rows are made of. */
export interface Scene {
  readonly state: SupervisorState
  readonly ghosts: Ghosts
  readonly facts: Facts
}

/** How the person wants them. */
export interface Arrangement {
  readonly folded: ReadonlySet<RowKey>
  readonly order: Order
  readonly sort: Sort
  readonly filter: Filter | undefined
}

/** All rows in order, folded and filtered ones left out. */
export function buildRows(scene: Scene, arrangement: Arrangement): readonly Row[] {
  const { orphans } = scene.state
  const { folded, filter, order } = arrangement
  if (order === 'tree') {
    const rows = treeRows(scene, arrangement)
    return orphans.branches === undefined ? [...rows, ...orphanRows(orphans, folded, filter)] : rows
  }
  const ofEach = orphans.branches?.flatMap((branch) => orphanRows(branch.orphans, folded, filter, { label: branch.label, nested: false }))
  return [...flatRows(scene, arrangement), ...(ofEach ?? orphanRows(orphans, folded, filter))]
}

interface Named {
  readonly name: string
  readonly node: NodeState
  readonly ended?: Ended
}

function namedNodes({ state, ghosts }: Scene): readonly Named[] {
  const living = state.order.flatMap((name): Named[] => {
    const node = nodeNamed(state, name)
    return node === undefined ? [] : [{ name, node }]
  })
  return [...living, ...ghosts.nodes]
}

function treeRows(scene: Scene, arrangement: Arrangement): Row[] {
  const rows: Row[] = []
  for (const { label, nodes, orphans } of branchesOf(scene)) {
    const own: Row[] = []
    for (const named of sortNodes(nodes, arrangement.sort)) addNode(own, named, label !== undefined, scene, arrangement)
    if (orphans !== undefined) own.push(...orphanRows(orphans, arrangement.folded, arrangement.filter, { label, nested: true }))
    if (own.length === 0 && nodes.length === 0) continue
    const heading = label === undefined ? undefined : branchRow(label, nodes, own.length, arrangement)
    if (heading !== undefined && (own.length > 0 || arrangement.filter === undefined)) rows.push(heading)
    if (heading?.fold !== 'folded') for (const row of own) rows.push(row)
  }
  return rows
}

function branchRow(label: string, nodes: readonly Named[], below: number, { folded }: Arrangement): Row {
  const key = branchKey(label)
  return {
    kind: 'branch',
    key,
    name: label,
    fold: below === 0 ? 'none' : folded.has(key) ? 'folded' : 'open',
    nodes: nodes.map(({ node }) => node)
  }
}

/** One of several supervisors; without a label: the only one, whose orphans stand below all else. */
interface SupervisorBranch {
  readonly label: string | undefined
  readonly nodes: readonly Named[]
  readonly orphans: OrphansState | undefined
}

/** A branch for each supervisor, in their order; one may have orphans and no nodes. */
function branchesOf(scene: Scene): readonly SupervisorBranch[] {
  const { branches: ofOrphans = [] } = scene.state.orphans
  const branches = new Map<string | undefined, Named[]>(ofOrphans.map(({ label }) => [label, []]))
  for (const named of namedNodes(scene)) {
    const label = branchOf(named.name)?.label
    const branch = branches.get(label)
    if (branch === undefined) branches.set(label, [named])
    else branch.push(named)
  }
  return [...branches].map(([label, nodes]) => ({ label, nodes, orphans: ofOrphans.find((one) => one.label === label)?.orphans }))
}

function addNode(rows: Row[], { name, node, ended }: Named, nested: boolean, scene: Scene, arrangement: Arrangement): void {
  const { filter, folded, sort } = arrangement
  const judged = filter === undefined ? 'found' : judge(filter, subjectOfNode(name, node, scene.facts))
  if (judged === 'hidden') return
  const whole = filter === undefined || judged === 'found' || !isSearching(filter)
  const family = familyOf(node, scene.ghosts.processes.get(name))
  const visibility = filter === undefined ? undefined : memberVisibility(filter, { name, node, family }, scene.facts, whole)
  const holds = visibility === undefined ? family.processes.length > 0 : visibility.some((one) => one === 'shown')
  if (!whole && !holds) return
  const key = nodeKey(name)
  const fold = !holds ? 'none' : folded.has(key) && whole ? 'folded' : 'open'
  rows.push({ kind: 'node', key, name, node, nested, fold, ...(ended === undefined ? {} : { ended }) })
  if (fold === 'open') addProcessRows(rows, { name, node, family, nested, folded, sort, visibility })
}

/** Every process by what they are sorted by, else by their CPU; nodes without processes after them. */
function flatRows(scene: Scene, { filter, sort }: Arrangement): Row[] {
  const rows: ProcessRow[] = []
  const without: Row[] = []
  for (const named of namedNodes(scene)) {
    const { processes, ended } = familyOf(named.node, scene.ghosts.processes.get(named.name))
    const judged = filter === undefined ? 'found' : judge(filter, subjectOfNode(named.name, named.node, scene.facts))
    if (judged === 'hidden') continue
    const all = filter === undefined || judged === 'found' || !isSearching(filter)
    if (processes.length === 0 && all) without.push(nodeAlone(named))
    for (const process of processes)
      if (passes(process, named, all, filter, scene.facts)) rows.push(processAlone(process, ended.get(process), named))
  }
  return [...sortProcesses(rows, sort.by === 'order' ? { ...sort, by: 'cpu' } : sort, ({ process }) => process), ...without]
}

/** `all`: whatever is not forbidden. */
function passes(process: SampledProcess, { name, node }: Named, all: boolean, filter: Filter | undefined, facts: Facts): boolean {
  if (filter === undefined) return true
  const own = judge(filter, subjectOfProcess(name, node, process, facts))
  return own === 'found' || (own === 'other' && all)
}

const nodeAlone = ({ name, node, ended }: Named): Row => ({
  kind: 'node',
  key: nodeKey(name),
  name,
  node,
  nested: false,
  fold: 'none',
  ...(ended === undefined ? {} : { ended })
})

const processAlone = (process: SampledProcess, ended: Ended | undefined, { name, node }: Named): ProcessRow => ({
  kind: 'process',
  key: processKey(process),
  name,
  node,
  process,
  guide: '',
  nested: false,
  fold: 'none',
  ...(ended === undefined ? {} : { ended })
})

/** Everything that can be folded. */
export function foldable(scene: Scene): readonly RowKey[] {
  return buildRows(scene, { folded: new Set(), order: 'tree', sort: { by: 'order', inverted: false }, filter: undefined })
    .filter((row) => row.fold !== 'none')
    .map((row) => row.key)
}
