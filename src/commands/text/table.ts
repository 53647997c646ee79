import { escapeControls } from '../../core/output/escape.ts'
import { cut, fill, widthOf } from '../../ui/format/width.ts'

export interface Column {
  readonly title: string
  readonly align?: 'right'
}

const GAP = '  '
/** What the last column keeps, however narrow the terminal. */
const LEAST = 8

/**
 * Lines of a table: each column as wide as its widest cell, the last one cut to what is left of `width`.
 * Cells are escaped: nothing in them reaches the terminal that it would act on.
 */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string[] {
  const safeRows = [columns.map(({ title }) => title), ...rows.map((row) => row.map(escapeControls))]
  const widths = columns.map((_, index) => Math.max(...safeRows.map((row) => widthOf(row[index] ?? ''))))
  const last = columns.length - 1
  const before = widths.slice(0, last).reduce((sum, own) => sum + own + GAP.length, 0)
  return safeRows.map((row) =>
    columns
      .map(({ align }, index) => {
        const text = row[index] ?? ''
        if (index < last) return fill(text, widths[index] ?? 0, align)
        return cut(text, Math.max(LEAST, width - before), '…')
      })
      .join(GAP)
      .trimEnd()
  )
}
