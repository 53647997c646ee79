import type { LogLine, LogWindow } from '../../session.ts'
import { safe } from '../format/safe.ts'
import { clockTime, formatDuration, preciseTime } from '../format/time.ts'
import { cut } from '../format/width.ts'
import type { Line, Look, Segment, Tone } from '../theme.ts'
import { type LogsPane, type Times, textColumns } from '../view/log-lines.ts'
import { bottomOf, type LogFrame, scrollOf } from '../view/log-place.ts'
import { type Place, placesAbove } from '../view/log-scroll.ts'
import { matchesIn, occurrences } from '../view/log-search.ts'
import { characterAt, rowAt, type Shape, shapeOf } from '../view/log-shape.ts'

export interface LogContext {
  readonly frame: LogFrame
  readonly look: Look
  /** Wall clock, ms. */
  readonly now: number
}

/** The visible rows of a node's output; however much was written, only these are made. */
export function logLines(pane: LogsPane, logs: LogWindow | undefined, context: LogContext): readonly Line[] {
  const scroll = scrollOf(pane, logs, context.frame)
  if (scroll.lines.length === 0) return [[[emptyWords(pane, logs), 'dim']]]
  const found = pane.search === undefined ? new Set<number>() : new Set(matchesIn(scroll.lines, pane.search.text))
  return placesAbove(scroll, bottomOf(pane, scroll)).flatMap((place) => {
    const line = scroll.lines[place.line]
    return line === undefined ? [] : [rowLine(line, place, found.has(place.line), pane, context)]
  })
}

const emptyWords = ({ streams }: LogsPane, logs: LogWindow | undefined): string =>
  logs === undefined || logs.lines.length === 0 ? '  nothing was written yet' : `  nothing on ${streams}`

function rowLine(line: LogLine, { row }: Place, isMatch: boolean, pane: LogsPane, context: LogContext): Line {
  const { look, frame } = context
  const width = textColumns(frame.style, frame.columns)
  const shape = shapeOf(line, look.ascii)
  const isFound = isMatch && pane.search?.at === line.seq
  const marks = isMatch ? marked(shape, pane.search?.text ?? '', isFound ? 'selected' : 'match') : plain(shape)
  if (!frame.style.wrap) return [...headOf(line, isFound, context), ...shifted(shape, pane.shift, width, look, marks)]
  const head = headOf(line, isFound, context)
  const [from, to] = rowAt(shape, width, row)
  return [...(row === 0 ? head : indentOf(head)), ...marks(from, to)]
}

type Cut = (from: number, to: number) => readonly Segment[]

const plain =
  ({ text }: Shape): Cut =>
  (from, to) => [[text.slice(from, to)]]

/** A part of the text, with what was searched for in a tone of its own. */
function marked({ text }: Shape, needle: string, tone: Tone): Cut {
  return (from, to) => {
    const segments: Segment[] = []
    let done = from
    for (const [start, end] of occurrences(text, needle, from, to)) {
      segments.push([text.slice(done, start)], [text.slice(start, end), tone])
      done = end
    }
    return [...segments, [text.slice(done, to)]]
  }
}

/** What lies left of the screen is left out, with an ellipsis in its place; what lies right of it is cut when it is painted. */
function shifted(shape: Shape, shift: number, width: number, { glyphs }: Look, marks: Cut): readonly Segment[] {
  // a character may be made of several, and one column more says that the line goes on
  const most = shape.narrow ? width + 1 : Math.min(4096, 16 * (width + 1))
  if (shift === 0) return marks(0, most)
  if (shape.text === '') return []
  const { index, column } = characterAt(shape, shift + 1)
  return [[glyphs.ellipsis + ' '.repeat(column - shift - 1), 'dim'], ...marks(index, index + most)]
}

const TIME: Readonly<Record<Times, (line: LogLine, now: number) => string>> = {
  clock: ({ time }) => clockTime(time),
  precise: ({ time }) => preciseTime(time),
  age: ({ time }, now) => formatDuration(Math.max(0, now - Date.parse(time))).padStart(6),
  none: () => ''
}

/** Mark of the line that was found, time, stream. */
function headOf(line: LogLine, isFound: boolean, { frame, look, now }: LogContext): Line {
  const time = TIME[frame.style.times](line, now)
  return [
    isFound ? [look.glyphs.marker, 'accent'] : [' '],
    [time === '' ? '' : `${time} `, 'dim'],
    [line.stream === 'stderr' ? 'err ' : 'out ', line.stream === 'stderr' ? 'warn' : 'dim']
  ]
}

const indentOf = (head: Line): Line => [[' '.repeat(head.reduce((sum, [text]) => sum + text.length, 0))]]

/** Whose output this is, and which of it. */
export const logTitle = ({ node, streams }: LogsPane): string => `${streams === 'both' ? 'output' : streams} of ${node}`

/** Longer searches are cut in the title. */
const SEARCH = 24

/** Where in the output this is, for the pane's title. */
export function logPosition(pane: LogsPane, logs: LogWindow | undefined, { frame, look }: LogContext): string {
  const scroll = scrollOf(pane, logs, frame)
  const kept = scroll.lines.length
  const dropped = logs === undefined || logs.dropped === 0 ? '' : `, ${logs.dropped} older ones gone`
  const where =
    pane.position.kind === 'follow'
      ? `${kept} lines${dropped}, following`
      : `line ${bottomOf(pane, scroll).line + 1} of ${kept}${dropped}, End follows`
  return [
    ...(pane.search === undefined ? [] : [searchWords(pane.search, scroll.lines, look)]),
    ...(frame.style.wrap || pane.shift === 0 ? [] : [`from column ${pane.shift + 1}`]),
    where
  ].join(', ')
}

/** Matches are counted from the newest on, in the order in which they are gone to. */
function searchWords({ text, at }: NonNullable<LogsPane['search']>, lines: readonly LogLine[], look: Look): string {
  const matches = matchesIn(lines, text)
  const shown = `'${cut(safe(text, look.ascii), SEARCH, look.glyphs.ellipsis)}'`
  if (matches.length === 0) return `no match for ${shown}`
  const index = matches.findLastIndex((line) => lines[line]?.seq === at)
  return index === -1 ? `${matches.length} matches for ${shown}` : `match ${matches.length - index} of ${matches.length} for ${shown}`
}
