import type { LogLine } from '../../session.ts'
import { safeWhole } from '../format/safe.ts'
import { charactersOf, isNarrow, widthOf } from '../format/width.ts'

/** A line as it may be shown, however long it is. Made once for each line that comes into sight. */
export interface Shape {
  readonly ascii: boolean
  /** Safe for a terminal. */
  readonly text: string
  /** Every character takes one column: then places in the text are columns. */
  readonly narrow: boolean
  /** Of the last number of columns that was asked for. */
  rows: Breaks | undefined
  marks: Breaks | undefined
}

/** Where the rows of a text begin: in the text, and in columns from its beginning. */
interface Breaks {
  readonly columns: number
  readonly starts: readonly number[]
  readonly at: readonly number[]
}

/** Apart that far, places of wide text are found without counting from the beginning. */
const MARKS = 64

const shapes = new WeakMap<LogLine, Shape>()

export function shapeOf(line: LogLine, ascii: boolean): Shape {
  const known = shapes.get(line)
  if (known?.ascii === ascii) return known
  const text = safeWhole(line.text, ascii)
  const shape = { ascii, text, narrow: isNarrow(text), rows: undefined, marks: undefined }
  shapes.set(line, shape)
  return shape
}

function breaksOf(text: string, columns: number): Breaks {
  const starts = [0]
  const at = [0]
  let begin = 0
  let column = 0
  for (const { index, width } of charactersOf(text)) {
    if (column + width - begin > columns) {
      starts.push(index)
      at.push(column)
      begin = column
    }
    column += width
  }
  return { columns, starts, at }
}

function wrapped(shape: Shape, columns: number): Breaks {
  if (shape.rows?.columns !== columns) shape.rows = breaksOf(shape.text, columns)
  return shape.rows
}

function marksOf(shape: Shape): Breaks {
  shape.marks ??= breaksOf(shape.text, MARKS)
  return shape.marks
}

/** Rows that a text takes when it is wrapped at `columns` (8 at least); an empty one takes one too. */
export function rowsIn(shape: Shape, columns: number): number {
  return shape.narrow ? Math.max(1, Math.ceil(shape.text.length / columns)) : wrapped(shape, columns).starts.length
}

/** Where a row of the wrapped text begins and ends in it. */
export function rowAt(shape: Shape, columns: number, row: number): readonly [from: number, to: number] {
  if (shape.narrow) return [row * columns, Math.min(shape.text.length, (row + 1) * columns)]
  const { starts } = wrapped(shape, columns)
  return [starts[row] ?? shape.text.length, starts[row + 1] ?? shape.text.length]
}

/** The row of the wrapped text that holds the character at `index`. */
export function rowOf(shape: Shape, columns: number, index: number): number {
  if (shape.narrow) return Math.floor(index / columns)
  return lastUpTo(wrapped(shape, columns).starts, index)
}

/** The first character at `column` or beyond it, and its column. */
export function characterAt(shape: Shape, column: number): { readonly index: number; readonly column: number } {
  const { text, narrow } = shape
  if (narrow) return { index: Math.min(column, text.length), column }
  const { starts, at } = marksOf(shape)
  const mark = lastUpTo(at, column)
  const start = starts[mark] ?? 0
  let reached = at[mark] ?? 0
  for (const { index, width } of charactersOf(text.slice(start, starts[mark + 2]))) {
    if (reached >= column) return { index: start + index, column: reached }
    reached += width
  }
  return { index: text.length, column: Math.max(reached, column) }
}

/** The column of the character at `index`; of the end: how wide the text is. */
export function columnOf(shape: Shape, index: number): number {
  if (shape.narrow) return index
  const { starts, at } = marksOf(shape)
  const mark = lastUpTo(starts, index)
  return (at[mark] ?? 0) + widthOf(shape.text.slice(starts[mark] ?? 0, index))
}

/** Index of the last that is not greater; they ascend from 0. */
function lastUpTo(sorted: readonly number[], value: number): number {
  let low = 0
  let high = sorted.length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((sorted[middle] ?? 0) <= value) low = middle
    else high = middle - 1
  }
  return low
}
