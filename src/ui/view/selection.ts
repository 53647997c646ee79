import { layoutOf, scrollTo } from './layout.ts'
import { branchKey, branchOf, nodeKey, type Row } from './row.ts'
import type { ViewState } from './state.ts'

/** Where the selected row is now; -1 without rows. A row that went is replaced by its owner's row, or by what took its place. */
export function selectedIndex({ selection }: Pick<ViewState, 'selection'>, rows: readonly Row[]): number {
  if (rows.length === 0) return -1
  if (selection === undefined) return 0
  if (rows[selection.index]?.key === selection.key) return selection.index
  const found = rows.findIndex((row) => row.key === selection.key)
  if (found !== -1) return found
  const owner = ownerIndex(selection.name, rows)
  return owner !== -1 ? owner : Math.min(selection.index, rows.length - 1)
}

function ownerIndex(name: string, rows: readonly Row[]): number {
  const node = rows.findIndex((row) => row.key === nodeKey(name))
  if (node !== -1) return node
  const orphans = rows.findIndex((row) => row.kind === 'orphans' && row.name === name)
  if (orphans !== -1) return orphans
  const label = branchOf(name)?.label
  return label === undefined ? -1 : rows.findIndex((row) => row.key === branchKey(label))
}

export const selectedRow = (view: Pick<ViewState, 'selection'>, rows: readonly Row[]): Row | undefined => rows[selectedIndex(view, rows)]

/** The view with the row at `index` selected and in sight. */
export function select(view: ViewState, rows: readonly Row[], index: number): ViewState {
  const at = Math.min(Math.max(0, index), rows.length - 1)
  const row = rows[at]
  if (row === undefined) return { ...view, selection: undefined, top: 0 }
  const { tree } = layoutOf(view.size, rows.length)
  return { ...view, selection: { key: row.key, name: row.name, index: at }, top: scrollTo(view.top, at, tree, rows.length) }
}

/** The first visible row: it moves along with the selected one, unless the person wants the screen to stay. */
export function topOf(view: Pick<ViewState, 'top' | 'follow'>, at: number, height: number, total: number): number {
  return view.follow ? scrollTo(view.top, Math.max(0, at), height, total) : Math.max(0, Math.min(view.top, total - height))
}
