import type { Glyphs } from '../theme.ts'

/** One cell of a graph: what is drawn, and whether it is part of the values or only of the limit's line. */
export interface GraphCell {
  readonly text: string
  readonly kind: 'value' | 'limit' | 'blank'
}

/**
 * The values as columns of blocks over `rows` rows, top row first, the newest at the right. A cell has as many levels as there are
 * steps; `limit` is a line through the cells that no value reaches, none if it is above `scale`. When there are more values than columns, a column is the highest of
 * its share of them.
 */
export function graph(
  values: readonly number[],
  { columns, rows, scale, limit }: { readonly columns: number; readonly rows: number; readonly scale: number; readonly limit: number },
  glyphs: Glyphs
): readonly (readonly GraphCell[])[] {
  const levels = glyphs.steps.length
  const top = Math.max(scale, Number.MIN_VALUE)
  const perColumn = Math.max(1, Math.ceil(values.length / columns))
  const heights = columnsOf(values, columns, perColumn).map((value) =>
    value === undefined ? 0 : Math.round(Math.min(1, Math.max(0, value) / top) * rows * levels) || (value > 0 ? 1 : 0)
  )
  const limitRow = limit > top ? undefined : rows - Math.min(rows, Math.max(1, Math.ceil((limit / top) * rows)))
  return Array.from({ length: rows }, (_, row) =>
    heights.map((height): GraphCell => {
      const filled = Math.min(levels, height - (rows - 1 - row) * levels)
      if (filled > 0) return { text: glyphs.steps[filled - 1] ?? ' ', kind: 'value' }
      return row === limitRow ? { text: glyphs.rule, kind: 'limit' } : { text: ' ', kind: 'blank' }
    })
  )
}

/** The highest of each `perColumn` values, right-aligned; undefined where there is none yet. */
function columnsOf(values: readonly number[], columns: number, perColumn: number): readonly (number | undefined)[] {
  const shown: (number | undefined)[] = []
  for (let end = values.length; shown.length < columns; end -= perColumn)
    shown.push(end > 0 ? Math.max(...values.slice(Math.max(0, end - perColumn), end)) : undefined)
  return shown.reverse()
}
