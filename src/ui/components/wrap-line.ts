import { safe } from '../format/safe.ts'
import { widthOf, wrap } from '../format/width.ts'
import type { Line, Look, Segment } from '../theme.ts'

/** Lines of the screen that one line of output may take. */
const MOST = 40

/** A line whose last segment is wrapped below itself, to the right of those before it. */
export function wrapLine(line: Line, look: Look, columns: number): readonly Line[] {
  const [text, tone] = line.at(-1) ?? ['']
  const head = line.slice(0, -1)
  const indent = head.reduce((sum, [part]) => sum + widthOf(safe(part, look.ascii)), 0)
  const segment = (part: string): Segment => (tone === undefined ? [part] : [part, tone])
  const [first = '', ...more] = wrap(safe(text, look.ascii), Math.max(8, columns - indent), MOST)
  return [[...head, segment(first)], ...more.map((part): Line => [[' '.repeat(indent)], segment(part)])]
}
