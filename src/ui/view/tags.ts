import type { Row, RowKey } from './row.ts'
import { select, selectedIndex } from './selection.ts'
import type { ViewState } from './state.ts'

/** Nobody confirms more than this at once. */
const MOST = 200

const canBeTagged = (row: Row): boolean => row.kind === 'process' || row.kind === 'orphan' || row.kind === 'node'

/** Tags the selected row, or untags it, and goes on to the next one. */
export function toggleTag(view: ViewState, rows: readonly Row[]): ViewState {
  const at = selectedIndex(view, rows)
  const row = rows[at]
  if (row === undefined) return view
  return select({ ...view, tags: toggled(view.tags, row) }, rows, at + 1)
}

function toggled(tags: ReadonlyMap<RowKey, Row>, row: Row): ReadonlyMap<RowKey, Row> {
  const next = new Map(tags)
  if (!next.delete(row.key) && canBeTagged(row) && next.size < MOST) next.set(row.key, row)
  return next
}
