import { judge, parseFilter } from './filter.ts'
import { select, selectedIndex } from './selection.ts'
import type { ViewState } from './state.ts'
import { subjectOfRow } from './subject.ts'
import { rowsOf, type World } from './world.ts'

/** The view at the next row that matches, round the end: from the selected one on, after it, or before it. undefined: none does. */
export function findRow(view: ViewState, text: string, direction: 'here' | 'next' | 'previous', world: World): ViewState | undefined {
  const filter = parseFilter(text)
  const rows = rowsOf(view, world)
  if (filter === undefined || rows.length === 0) return undefined
  const from = selectedIndex(view, rows)
  const step = direction === 'previous' ? -1 : 1
  const first = direction === 'here' ? from : from + step
  for (let tried = 0; tried < rows.length; tried++) {
    const at = (first + step * tried + 2 * rows.length) % rows.length
    const row = rows[at]
    const subject = row === undefined ? undefined : subjectOfRow(row, world.facts)
    if (subject !== undefined && judge(filter, subject) === 'found') return select(view, rows, at)
  }
  return undefined
}
