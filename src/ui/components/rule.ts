import { safe } from '../format/safe.ts'
import { cut, widthOf } from '../format/width.ts'
import type { Line, Look } from '../theme.ts'

/** `── title ─────── right ──`, across the screen; what stands at the right gives way. */
export function ruleLine(look: Look, columns: number, title: string, right = ''): Line {
  const { rule, ellipsis } = look.glyphs
  const start = 5 + widthOf(safe(title, look.ascii)) + 1
  const shown = right === '' ? '' : cut(safe(right, look.ascii), columns - start - 7, ellipsis)
  const end = shown === '' ? '' : ` ${shown} `
  return [
    [` ${rule.repeat(2)} `, 'dim'],
    [title, 'strong'],
    [` ${rule.repeat(Math.max(0, columns - start - widthOf(end) - 2))}`, 'dim'],
    [end],
    [rule.repeat(2), 'dim']
  ]
}
