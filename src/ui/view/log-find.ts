import type { LogWindow } from '../../session.ts'
import { type LogsPane, textColumns } from './log-lines.ts'
import { bottomOf, heldAt, type LogFrame, scrollOf } from './log-place.ts'
import { isBefore, placesAbove, type Scroll, settled, stepped } from './log-scroll.ts'
import { firstOccurrence, matchesIn, nextMatch } from './log-search.ts'
import { columnOf, rowOf, shapeOf } from './log-shape.ts'

/** `here`: the nearest at or above what is shown; the others go on from the match that is in sight, else from what is. */
export type Direction = 'here' | 'above' | 'below'

/** The pane at a line that holds the text, round the end; undefined: none does. */
export function foundIn(
  pane: LogsPane,
  text: string,
  direction: Direction,
  logs: LogWindow | undefined,
  frame: LogFrame
): LogsPane | undefined {
  const scroll = scrollOf(pane, logs, frame)
  const matches = matchesIn(scroll.lines, text)
  const match = nextMatch(matches, fromWhere(pane, scroll, direction), direction === 'below' ? 'below' : 'above')
  return match === undefined ? undefined : showing(pane, scroll, match, text, frame)
}

function fromWhere(pane: LogsPane, scroll: Scroll, direction: Direction): number {
  const shown = placesAbove(scroll, bottomOf(pane, scroll))
  const top = shown[0]?.line ?? 0
  const bottom = shown.at(-1)?.line ?? 0
  const at = pane.search?.at === undefined ? -1 : scroll.lines.findLastIndex(({ seq }) => seq === pane.search?.at)
  if (direction !== 'here' && at >= top && at <= bottom) return at
  return direction === 'below' ? top - 1 : bottom + 1
}

/** Scrolls no further than it must: into the middle, if the match is not in sight; sidewards, if what is shown of the line leaves it out. */
function showing(pane: LogsPane, scroll: Scroll, match: number, text: string, frame: LogFrame): LogsPane {
  const line = scroll.lines[match]
  if (line === undefined) return pane
  const shape = shapeOf(line, frame.ascii)
  const [start, end] = firstOccurrence(shape.text, text) ?? [0, 0]
  const width = textColumns(frame.style, frame.columns)
  const target = { line: match, row: frame.style.wrap ? rowOf(shape, width, start) : 0 }
  const bottom = bottomOf(pane, scroll)
  const [top = bottom] = placesAbove(scroll, bottom)
  const isInSight = !isBefore(target, top) && !isBefore(bottom, target)
  const place = isInSight ? bottom : settled(scroll, stepped(scroll, target, Math.floor(scroll.height / 2)))
  const shift = frame.style.wrap ? pane.shift : shiftFor(pane.shift, columnOf(shape, start), columnOf(shape, end), width)
  return { ...pane, shift, position: heldAt(scroll, place), search: { text, at: line.seq } }
}

/** A column on each side may be an ellipsis. */
function shiftFor(shift: number, from: number, to: number, width: number): number {
  if (to < width) return shift === 0 || from <= shift || to >= shift + width ? 0 : shift
  return from > shift && to < shift + width ? shift : Math.max(0, from - Math.floor(width / 3))
}
