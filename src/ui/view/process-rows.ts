import type { NodeState } from '../../store.ts'
import type { Filter } from './filter.ts'
import type { GhostProcess } from './ghosts.ts'
import { DEEPEST, type Ended, type ProcessRow, processKey, type RowKey, type SampledProcess } from './row.ts'
import { type Sort, sortProcesses } from './sort.ts'
import { type Facts, subjectOfProcess } from './subject.ts'
import { isVisible, type Visibility, visibilityOf } from './visible.ts'

/** A process of a node, living or just ended. */
export interface Member {
  readonly process: SampledProcess
  readonly ended?: Ended
}

/** The processes of a node with those that have just ended; parents before children. */
export function membersOf(node: NodeState, ghosts: readonly GhostProcess[] | undefined): readonly Member[] {
  const living = (node.sample?.processes ?? []).map((process): Member => ({ process }))
  return ghosts === undefined ? living : [...living, ...ghosts]
}

/** Members with their parents among them. */
export interface Family {
  readonly members: readonly Member[]
  /** Index of each member's parent; -1: not among them. */
  readonly parents: readonly number[]
}

export function familyOf(members: readonly Member[]): Family {
  const places = new Map<number, number>()
  const parents = members.map(({ process }, index) => {
    const parent = places.get(process.ppid) ?? -1
    places.set(process.pid, index)
    return parent
  })
  return { members, parents }
}

export interface ProcessRowsRequest {
  readonly name: string
  readonly node: NodeState
  readonly family: Family
  readonly nested: boolean
  readonly folded: ReadonlySet<RowKey>
  readonly sort: Sort
  /** undefined: everything is visible. */
  readonly visibility: readonly Visibility[] | undefined
}

interface Placed extends Member {
  readonly index: number
}

/** The tree below a node, depth first without recursion: a chain of thousands of forks is a tree too. */
export function addProcessRows(rows: ProcessRow[] | { push(row: ProcessRow): unknown }, request: ProcessRowsRequest): void {
  const { name, node, family, nested, folded, sort, visibility } = request
  const children = childrenOf(family, visibility)
  const stack: { readonly placed: Placed; readonly guide: string }[] = []
  const push = (siblings: readonly Placed[] | undefined, parentGuide: string): void => {
    if (siblings === undefined) return
    const inOrder = sort.by === 'order' && !sort.inverted ? siblings : sortProcesses(siblings, sort)
    const kept = parentGuide.slice(1 - DEEPEST)
    for (let at = inOrder.length - 1; at >= 0; at--) {
      const placed = inOrder[at]
      if (placed !== undefined) stack.push({ placed, guide: kept + (at === inOrder.length - 1 ? 'l' : 'm') })
    }
  }
  push(children.get(-1), '')
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { placed, guide } = top
    const { process, ended, index } = placed
    const key = processKey(process)
    const offspring = children.get(index)
    // what is only shown for what it holds cannot hide that
    const fold = offspring === undefined ? 'none' : folded.has(key) && visibility?.[index] !== 'holder' ? 'folded' : 'open'
    rows.push({ kind: 'process', key, name, node, process, guide, nested, fold, ...(ended === undefined ? {} : { ended }) })
    if (fold === 'open') push(offspring, guide)
  }
}

function childrenOf({ members, parents }: Family, visibility: readonly Visibility[] | undefined): Map<number, Placed[]> {
  const children = new Map<number, Placed[]>()
  for (const [index, member] of members.entries()) {
    if (visibility !== undefined && !isVisible(visibility[index])) continue
    const parent = parents[index] ?? -1
    const siblings = children.get(parent)
    const placed: Placed = { ...member, index }
    if (siblings === undefined) children.set(parent, [placed])
    else siblings.push(placed)
  }
  return children
}

/** What the filter makes of each member; undefined: there is no filter. */
export const memberVisibility = (
  filter: Filter | undefined,
  {
    name,
    node,
    family,
    facts,
    whole
  }: { readonly name: string; readonly node: NodeState; readonly family: Family; readonly facts: Facts; readonly whole: boolean }
): readonly Visibility[] | undefined =>
  filter === undefined
    ? undefined
    : visibilityOf(
        filter,
        family.members.map(({ process }) => subjectOfProcess(name, node, process, facts)),
        family.parents,
        whole
      )
