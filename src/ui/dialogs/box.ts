import { safe } from '../format/safe.ts'
import { cut, widthOf } from '../format/width.ts'
import type { Line, Look, Segment } from '../theme.ts'

/** What a dialog shows; its width follows its lines. */
export interface DialogContent {
  readonly title: string
  readonly lines: readonly Line[]
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
  const body = shortened(content.lines, Math.max(1, rows - 2)).map((line): Line => {
    const cutLine = cutTo(line, inner, look)
    const blanks: Segment = [' '.repeat(Math.max(0, inner - lineWidth(cutLine, look)))]
    return [[` ${side} `, 'accent'], ...cutLine, blanks, [` ${side} `, 'accent']]
  })
  return { width: inner + 6, lines: [top, ...body, [[` ${bottomLeft}${rule.repeat(inner + 2)}${bottomRight} `, 'accent']]] }
}

const shortened = (lines: readonly Line[], most: number): readonly Line[] =>
  lines.length <= most ? lines : [...lines.slice(0, most - 1), ...lines.slice(-1)]

function cutTo(line: Line, columns: number, look: Look): Line {
  let left = columns
  return line.map(([text, tone]): Segment => {
    const shown = cutSafe(text, left, look)
    left -= widthOf(shown)
    return tone === undefined ? [shown] : [shown, tone]
  })
}

const cutSafe = (text: string, columns: number, look: Look): string => cut(safe(text, look.ascii), columns, look.glyphs.ellipsis)
