import { layoutOf, scrollTo } from './layout.ts'
import { nodeKey, type Row } from './rows.ts'
import type { ViewState } from './state.ts'

/** Where the selected row is now; -1 without rows. A row that went is replaced by its node's row, or by what took its place. */
export function selectedIndex(view: ViewState, rows: readonly Row[]): number {
  if (rows.length === 0) return -1
  const selection = view.selection
  if (selection === undefined) return 0
  if (rows[selection.index]?.key === selection.key) return selection.index
  const found = rows.findIndex((row) => row.key === selection.key)
  if (found !== -1) return found
  const owner = rows.findIndex((row) => row.key === nodeKey(selection.node))
  return owner !== -1 ? owner : Math.min(selection.index, rows.length - 1)
}

export const selectedRow = (view: ViewState, rows: readonly Row[]): Row | undefined => rows[selectedIndex(view, rows)]

/** The view with the row at `index` selected and in sight. */
export function select(view: ViewState, rows: readonly Row[], index: number): ViewState {
  const at = Math.min(Math.max(0, index), rows.length - 1)
  const row = rows[at]
  if (row === undefined) return { ...view, selection: undefined, top: 0 }
  const { tree } = layoutOf(view.size, rows.length)
  return { ...view, selection: { key: row.key, node: row.name, index: at }, top: scrollTo(view.top, at, tree, rows.length) }
}
