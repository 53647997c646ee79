import type { LogLine } from '../../session.ts'

/** A row of the screen: of which line, and which of its rows. */
export interface Place {
  /** Index. */
  readonly line: number
  readonly row: number
}

/** The lines of a pane as rows: one each, or as many as they take when they are wrapped. */
export interface Scroll {
  readonly lines: readonly LogLine[]
  readonly rowsIn: (line: LogLine) => number
  /** Rows of the pane. */
  readonly height: number
}

export const isBefore = (a: Place, b: Place): boolean => a.line < b.line || (a.line === b.line && a.row < b.row)

const rowsAt = ({ lines, rowsIn }: Scroll, index: number): number => {
  const line = lines[index]
  return line === undefined ? 1 : rowsIn(line)
}

/** So many rows further down, up where negative; within the lines. */
export function stepped(scroll: Scroll, { line, row }: Place, by: number): Place {
  const newest = scroll.lines.length - 1
  let at = line
  let left = row + by
  while (left < 0 && at > 0) {
    at -= 1
    left += rowsAt(scroll, at)
  }
  for (let rows = rowsAt(scroll, at); left >= rows && at < newest; rows = rowsAt(scroll, at)) {
    left -= rows
    at += 1
  }
  return { line: at, row: Math.max(0, Math.min(left, rowsAt(scroll, at) - 1)) }
}

/** The last row of the newest line. */
export const endOf = (scroll: Scroll): Place => {
  const line = Math.max(0, scroll.lines.length - 1)
  return { line, row: rowsAt(scroll, line) - 1 }
}

/** A place for the bottom of the pane: none above which the pane would not be full, where there is enough to fill it. */
export function settled(scroll: Scroll, place: Place): Place {
  const end = endOf(scroll)
  const least = stepped(scroll, { line: 0, row: 0 }, scroll.height - 1)
  const wanted = isBefore(end, place) ? end : stepped(scroll, place, 0)
  return isBefore(wanted, least) ? least : wanted
}

/** What the pane shows when `bottom` is its last row, from its top on. */
export function placesAbove(scroll: Scroll, bottom: Place): readonly Place[] {
  const places: Place[] = []
  let { line, row } = bottom
  while (places.length < scroll.height && line >= 0 && line < scroll.lines.length) {
    places.push({ line, row })
    row -= 1
    if (row >= 0) continue
    line -= 1
    row = rowsAt(scroll, line) - 1
  }
  return places.reverse()
}
