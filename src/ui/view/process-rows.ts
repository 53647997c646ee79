import type { NodeState } from '../../store.ts'
import type { Filter } from './filter.ts'
import type { GhostProcess } from './ghosts.ts'
import { DEEPEST, type Ended, type ProcessRow, processKey, type RowKey, type SampledProcess } from './row.ts'
import { type Sort, sortProcesses } from './sort.ts'
import { type Facts, subjectOfProcess } from './subject.ts'
import { isVisible, type Visibility, visibilityOf } from './visible.ts'

/** The processes of a node with those that have just ended; parents before children. There may be thousands of them. */
export interface Family {
  readonly processes: readonly SampledProcess[]
  /** Of those that have ended. */
  readonly ended: ReadonlyMap<SampledProcess, Ended>
}

const NOBODY: readonly SampledProcess[] = []
const NONE_ENDED: Family['ended'] = new Map()

export function familyOf(node: NodeState, ghosts: readonly GhostProcess[] = []): Family {
  const living = node.sample?.processes ?? NOBODY
  if (ghosts.length === 0) return { processes: living, ended: NONE_ENDED }
  return {
    processes: [...living, ...ghosts.map(({ process }) => process)],
    ended: new Map(ghosts.map(({ process, ended }) => [process, ended]))
  }
}

/** Index of each one's parent; -1: not among them. */
function parentsOf(processes: readonly SampledProcess[]): readonly number[] {
  const places = new Map<number, number>()
  return processes.map(({ pid, ppid }, index) => {
    const parent = places.get(ppid) ?? -1
    places.set(pid, index)
    return parent
  })
}

export interface Kin {
  readonly name: string
  readonly node: NodeState
  readonly family: Family
}

/** What the filter makes of each of them; `whole`: the node itself was found. */
export const memberVisibility = (filter: Filter, { name, node, family }: Kin, facts: Facts, whole: boolean): readonly Visibility[] =>
  visibilityOf(
    filter,
    family.processes.map((process) => subjectOfProcess(name, node, process, facts)),
    parentsOf(family.processes),
    whole
  )

export interface ProcessRowsRequest extends Kin {
  readonly nested: boolean
  readonly folded: ReadonlySet<RowKey>
  readonly sort: Sort
  /** undefined: everything is visible. */
  readonly visibility: readonly Visibility[] | undefined
}

/** The tree below a node, depth first without recursion: a chain of thousands of forks is a tree too. */
export function addProcessRows(rows: { push(row: ProcessRow): unknown }, request: ProcessRowsRequest): void {
  const { name, node, family, nested, folded, sort, visibility } = request
  const children = childrenOf(family.processes, visibility)
  const inOrder = orderOf(family.processes, sort)
  const stack: number[] = []
  const guides: string[] = []
  const push = (siblings: readonly number[] | undefined, parentGuide: string): void => {
    if (siblings === undefined) return
    const kept = parentGuide.slice(1 - DEEPEST)
    const sorted = inOrder(siblings)
    for (let at = sorted.length - 1; at >= 0; at--) {
      stack.push(sorted[at] ?? 0)
      guides.push(kept + (at === sorted.length - 1 ? 'l' : 'm'))
    }
  }
  push(children[0], '')
  for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
    const guide = guides.pop() ?? ''
    const process = family.processes[index]
    if (process === undefined) continue
    const key = processKey(process)
    const offspring = children[index + 1]
    // what is only shown for what it holds cannot hide that
    const fold = offspring === undefined ? 'none' : folded.has(key) && visibility?.[index] !== 'holder' ? 'folded' : 'open'
    const ended = family.ended.get(process)
    rows.push(
      ended === undefined
        ? { kind: 'process', key, name, node, process, guide, nested, fold }
        : { kind: 'process', key, name, node, process, guide, nested, fold, ended }
    )
    if (fold === 'open') push(offspring, guide)
  }
}

/** Visible children by the parent's index + 1; at 0 those without one. */
function childrenOf(
  processes: readonly SampledProcess[],
  visibility: readonly Visibility[] | undefined
): readonly (number[] | undefined)[] {
  const children: (number[] | undefined)[] = []
  for (const [index, parent] of parentsOf(processes).entries()) {
    if (visibility !== undefined && !isVisible(visibility[index])) continue
    const siblings = children[parent + 1]
    if (siblings === undefined) children[parent + 1] = [index]
    else siblings.push(index)
  }
  return children
}

const orderOf = (processes: readonly SampledProcess[], sort: Sort): ((siblings: readonly number[]) => readonly number[]) =>
  sort.by === 'order' && !sort.inverted ? (siblings) => siblings : (siblings) => sortProcesses(siblings, sort, (index) => processes[index])
