import { safe } from '../format/safe.ts'
import { cut, widthOf } from '../format/width.ts'
import type { Line, Look, Segment } from '../theme.ts'

/** What a dialog shows; its width follows its lines. */
export interface DialogContent {
  readonly title: string
  readonly lines: readonly Line[]
  /** How many of the first lines say whom it is about: they stay when not all fit. */
  readonly about?: number
  /** The one of the lines that must be seen: the entry under the cursor, or why nothing can be done. */
  readonly chosen?: Line | undefined
}

const lineWidth = (line: Line, look: Look): number => line.reduce((sum, [text]) => sum + widthOf(safe(text, look.ascii)), 0)

/** A dialog in its frame with a blank column at each side, at most `columns` wide and `rows` high; its last line, the keys, always shows. */
export function boxLines(content: DialogContent, look: Look, columns: number, rows: number): { width: number; lines: Line[] } {
  const [topLeft = '', topRight = '', bottomLeft = '', bottomRight = ''] = look.glyphs.corners
  const widest = Math.max(widthOf(content.title) + 4, ...content.lines.map((line) => lineWidth(line, look)))
  const inner = Math.max(1, Math.min(widest, columns - 6))
  const { rule, side } = look.glyphs
  const title = cutSafe(` ${content.title} `, inner, look)
  const top: Line = [
    [` ${topLeft}${rule}`, 'accent'],
    [title, 'title'],
    [`${rule.repeat(Math.max(0, inner + 1 - widthOf(title)))}${topRight} `, 'accent']
  ]
  const body = shortened(content, Math.max(1, rows - 2)).map((line): Line => {
    const cutLine = cutTo(line, inner, look)
    const blanks: Segment = [' '.repeat(Math.max(0, inner - lineWidth(cutLine, look)))]
    return [[` ${side} `, 'accent'], ...cutLine, blanks, [` ${side} `, 'accent']]
  })
  return { width: inner + 6, lines: [top, ...body, [[` ${bottomLeft}${rule.repeat(inner + 2)}${bottomRight} `, 'accent']]] }
}

/** Blank lines give way first, then what is far from the chosen line. */
function shortened({ lines, about = 0, chosen }: DialogContent, most: number): readonly Line[] {
  if (lines.length <= most) return lines
  const told = lines.filter((line) => line.some(([text]) => text.trim() !== ''))
  if (told.length <= most) return told
  const room = most - 1
  const keys = told.slice(-1)
  const at = chosen === undefined ? -1 : told.indexOf(chosen)
  if (at < room) return [...told.slice(0, room), ...keys]
  const first = told.slice(0, Math.max(0, Math.min(about, room - 1)))
  return [...first, ...told.slice(at + 1 - room + first.length, at + 1), ...keys]
}

function cutTo(line: Line, columns: number, look: Look): Line {
  let left = columns
  return line.map(([text, tone]): Segment => {
    const shown = cutSafe(text, left, look)
    left -= widthOf(shown)
    return tone === undefined ? [shown] : [shown, tone]
  })
}

/** Blanks at the end are left out without a sign. */
function cutSafe(text: string, columns: number, look: Look): string {
  const shown = safe(text, look.ascii)
  return widthOf(shown.trimEnd()) <= columns ? cut(shown, columns) : cut(shown, columns, look.glyphs.ellipsis)
}
