import type { LogLine, LogWindow } from '../../session.ts'
import { type LogStyle, type LogsPane, linesOf, textColumns } from './log-lines.ts'
import { endOf, type Place, type Scroll, settled } from './log-scroll.ts'
import { columnOf, rowsIn, shapeOf } from './log-shape.ts'

/** How much of the output a screen can show at once, and how. */
export interface LogFrame {
  readonly style: LogStyle
  readonly columns: number
  /** Rows of the pane. */
  readonly height: number
  readonly ascii: boolean
}

/** The lines of the pane as rows of this screen. */
export function scrollOf(pane: LogsPane, logs: LogWindow | undefined, { style, columns, height, ascii }: LogFrame): Scroll {
  const width = textColumns(style, columns)
  const counted = (line: LogLine): number => rowsIn(shapeOf(line, ascii), width)
  return { lines: linesOf(pane, logs), rowsIn: style.wrap ? counted : () => 1, height: Math.max(1, height) }
}

/** What stands at the bottom of the pane. */
export function bottomOf({ position }: LogsPane, scroll: Scroll): Place {
  if (position.kind === 'follow') return endOf(scroll)
  const line = scroll.lines.findLastIndex(({ seq }) => seq <= position.last)
  return settled(scroll, line === -1 ? { line: 0, row: 0 } : { line, row: position.row })
}

/** The position that keeps `place` at the bottom, whatever is written meanwhile. */
export function heldAt({ lines }: Scroll, { line, row }: Place): LogsPane['position'] {
  const at = lines[line]
  return at === undefined ? { kind: 'follow' } : { kind: 'at', last: at.seq, row }
}

/** Columns of the widest of these lines. */
export const widestOf = (lines: readonly LogLine[], ascii: boolean): number =>
  lines.reduce((widest, line) => {
    const shape = shapeOf(line, ascii)
    return Math.max(widest, columnOf(shape, shape.text.length))
  }, 0)
