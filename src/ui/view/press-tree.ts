import type { Action } from '../keymap.ts'
import { layoutOf } from './layout.ts'
import { moved } from './move.ts'
import { buildRows, foldable, type Row } from './rows.ts'
import { select, selectedIndex } from './selection.ts'
import { openPane, type ViewState } from './state.ts'
import type { World } from './world.ts'

/** A key in the tree that only changes what is seen of it. */
export function pressTree(view: ViewState, action: Action, { shown }: World): ViewState {
  const rows = buildRows(shown, view.folded, view.order)
  const at = selectedIndex(view, rows)
  const row = rows[at]
  switch (action) {
    case 'open':
      return row === undefined ? view : openPane(view, { kind: 'detail', node: row.name, process: processOf(row), top: 0 })
    case 'fold':
      return row === undefined ? view : fold(view, rows, at, row)
    case 'unfold':
      return row === undefined ? view : { ...view, folded: without(view.folded, row.key) }
    case 'fold-all':
      return reselect({ ...view, folded: new Set(view.folded.size > 0 ? [] : foldable(shown)) }, shown)
    case 'flat':
      return reselect({ ...view, order: view.order === 'tree' ? 'flat' : 'tree' }, shown)
    default:
      return select(view, rows, moved(at, action, layoutOf(view.size, rows.length).tree, rows.length - 1))
  }
}

const processOf = (row: Row) => (row.kind === 'process' ? { pid: row.process.pid, startTime: row.process.startTime } : undefined)

/** Folds an open row; from any other one it goes to the row above that holds it. */
function fold(view: ViewState, rows: readonly Row[], at: number, row: Row): ViewState {
  if (row.fold === 'open') return { ...view, folded: new Set([...view.folded, row.key]) }
  const holder = rows.findLastIndex((candidate, index) => index < at && depth(candidate) < depth(row))
  return holder === -1 ? view : select(view, rows, holder)
}

const depth = (row: Row): number => (row.kind === 'node' ? 0 : row.guide.length)

const without = (folded: ReadonlySet<string>, key: string): ReadonlySet<string> => new Set([...folded].filter((other) => other !== key))

/** Keeps the selected row in sight after the rows changed. */
function reselect(view: ViewState, shown: World['shown']): ViewState {
  const rows = buildRows(shown, view.folded, view.order)
  return select(view, rows, selectedIndex(view, rows))
}
