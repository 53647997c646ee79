import { type Cells, cellsOf } from './cells.ts'
import { PLAIN, type Style, sgrBetween } from './style.ts'

/** Where the terminal writes next, and how. */
interface Pen {
  readonly row: number
  readonly column: number
  readonly style: Style
}

const HOME: Pen = { row: -1, column: -1, style: PLAIN }
const ERASE = '\x1b[K'
/** Blanks at the end of a line that cost more than erasing them. */
const MANY_BLANKS = 6

/**
 * The bytes that turn a screen that shows `before` into one that shows `after` (a line a row, text and SGR sequences only),
 * cell by cell: what stays is not sent again. The terminal's style is plain before and after.
 */
export function difference(before: readonly string[], after: readonly string[]): string {
  let bytes = ''
  let pen = HOME
  for (let row = 0; row < Math.max(before.length, after.length); row++) {
    const old = before[row] ?? ''
    const next = after[row] ?? ''
    if (old === next) continue
    const change = changeLine(row, old, next, pen)
    bytes += change.bytes
    pen = change.pen
  }
  return bytes + sgrBetween(pen.style, PLAIN)
}

interface Change {
  readonly bytes: string
  readonly pen: Pen
}

function changeLine(row: number, old: string, next: string, pen: Pen): Change {
  const from = cellsOf(old)
  const to = cellsOf(next)
  return from === undefined || to === undefined ? wholeLine(row, next, pen) : changeCells(row, from, to, pen)
}

/** Erased, then written: nobody knows where its characters stand. */
const wholeLine = (row: number, line: string, pen: Pen): Change => ({
  bytes: `${moveTo(pen, row, 0)}${sgrBetween(pen.style, PLAIN)}${ERASE}${line}\x1b[m`,
  pen: { ...HOME, style: PLAIN }
})

function changeCells(row: number, from: Cells, to: Cells, start: Pen): Change {
  let bytes = ''
  let pen = start
  const end = lengthOf(to)
  const erases = lengthOf(from) - end > MANY_BLANKS
  const last = erases ? end : Math.max(end, lengthOf(from))
  for (let column = 0; column < last; column++) {
    if (same(from, to, column)) continue
    const approach = approachOf(to, pen, row, column)
    bytes += approach + sgrBetween(pen.style, styleAt(to, column)) + textAt(to, column)
    pen = { row, column: column + 1, style: styleAt(to, column) }
  }
  if (!erases) return { bytes, pen }
  return {
    bytes: `${bytes}${moveTo(pen, row, end)}${sgrBetween(pen.style, PLAIN)}${ERASE}`,
    pen: { row, column: end, style: PLAIN }
  }
}

const textAt = (cells: Cells, column: number): string => cells.text[column] ?? ' '
const styleAt = (cells: Cells, column: number): Style => cells.styles[column] ?? PLAIN
const isBlank = (cells: Cells, column: number): boolean => textAt(cells, column) === ' ' && styleAt(cells, column) === PLAIN
const same = (a: Cells, b: Cells, column: number): boolean =>
  textAt(a, column) === textAt(b, column) && styleAt(a, column) === styleAt(b, column)

/** Columns up to the last one that is not blank. */
function lengthOf(cells: Cells): number {
  let length = cells.text.length
  while (length > 0 && isBlank(cells, length - 1)) length--
  return length
}

/** To the column of the next change, in the style that was: past what stays, or writing it once more where that is shorter. */
function approachOf(to: Cells, pen: Pen, row: number, column: number): string {
  const move = moveTo(pen, row, column)
  const again = pen.row === row && pen.column <= column ? rewritten(to, pen, column, move.length) : undefined
  return again ?? move
}

/** What stands between the pen and `column`; undefined: longer than `most`, or in another style. */
function rewritten(to: Cells, pen: Pen, column: number, most: number): string | undefined {
  if (column - pen.column > most) return undefined
  let text = ''
  for (let at = pen.column; at < column; at++) {
    if (styleAt(to, at) !== pen.style) return undefined
    text += textAt(to, at)
  }
  return Buffer.byteLength(text) <= most ? text : undefined
}

function moveTo(pen: Pen, row: number, column: number): string {
  if (pen.row === row && pen.column === column) return ''
  if (pen.row === row && column > pen.column) return `\x1b[${column - pen.column === 1 ? '' : column - pen.column}C`
  if (pen.row !== -1 && row === pen.row + 1 && column === 0) return '\r\n'
  return `\x1b[${row + 1}${column === 0 ? '' : `;${column + 1}`}H`
}
