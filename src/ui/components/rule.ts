import type { Line, Look } from '../theme.ts'

/** `── title ─────── right ──`, across the screen. */
export function ruleLine(look: Look, columns: number, title: string, right = ''): Line {
  const { rule } = look.glyphs
  const end = right === '' ? '' : ` ${right} `
  const used = 1 + 2 + title.length + 2 + end.length + 2
  return [
    [` ${rule.repeat(2)} `, 'dim'],
    [title, 'strong'],
    [` ${rule.repeat(Math.max(0, columns - used - 1))}`, 'dim'],
    [end],
    [rule.repeat(2), 'dim']
  ]
}
