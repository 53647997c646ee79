import { cell, type Line, type Look, type Segment } from '../theme.ts'
import type { Row } from '../view/row.ts'
import { headOf } from './columns.ts'
import { nodeCells } from './node-cells.ts'
import { branchLine, moreLine, orphanLine, orphansLine } from './orphan-cells.ts'
import { endedCells, processCells } from './process-cells.ts'
import type { Cell, RowContext } from './row-context.ts'
import { nodeName, processName } from './row-name.ts'

export type { RowContext } from './row-context.ts'

/** The heads of the columns. */
export const headLine = ({ look, plan, sort }: RowContext): Line => [
  cell(look, ` ${headOf('name', 'NAME', plan.name, sort, look.glyphs)}`, plan.name + 1, 'strong'),
  ...plan.columns.flatMap(
    (column): Cell => [
      [' '],
      cell(look, headOf(column.id, column.title, column.width, sort, look.glyphs), column.width, 'strong', column.align)
    ]
  )
]

/** What stands before a row: whether it is selected, tagged, or both; the rest of the line does not depend on that. */
export interface Marks {
  readonly selected: boolean
  readonly tagged: boolean
}

export function markOf({ selected, tagged }: Marks, { glyphs }: Look): Segment {
  const mark = selected ? (tagged ? glyphs.markedTagged : glyphs.marker) : tagged ? glyphs.tagged : ' '
  return [mark, tagged ? 'warn' : 'accent']
}

export const rowLine = (row: Row, marks: Marks, context: RowContext): Line => [markOf(marks, context.look), ...cellsOf(row, context)]

function cellsOf(row: Row, context: RowContext): Cell {
  switch (row.kind) {
    case 'branch':
      return branchLine(row, context)
    case 'node':
      return [...nodeName(row, context), ...(row.ended === undefined ? nodeCells(row.node, context) : endedCells('-', row.ended, context))]
    case 'process':
      return [...processName(row, context), ...processCells(row, context)]
    case 'orphans':
      return orphansLine(row, context)
    case 'orphan':
      return orphanLine(row, context)
    case 'more':
      return moreLine(row, context)
  }
}
