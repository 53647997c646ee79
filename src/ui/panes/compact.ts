import { formatBytes } from '../format/size.ts'
import { cell, type Line } from '../theme.ts'
import { pressureOf } from '../view/pressure.ts'
import type { MemberRow } from '../view/row.ts'
import { isAlive, standingOf } from '../view/standing.ts'
import type { TextContext } from './text.ts'
import { type Marks, markOf } from './tree-row.ts'

/** One node on one line: sign, name, and what matters most of it. */
export function compactLine(row: MemberRow, marks: Marks, { look, columns, now }: TextContext): Line {
  const standing = standingOf(row.node, now)
  const sign = look.glyphs.signs[standing.sign]
  const left = pressureOf(row.node, now)?.leftMs
  const memory = isAlive(row.node) && row.node.sample !== undefined ? ` ${formatBytes(row.node.sample.rssBytes)}` : ''
  const said = left === undefined ? (standing.note === '' ? memory.trim() : standing.note) : `stop in ${Math.ceil(left / 1000)}s`
  const name = Math.max(4, Math.min(row.name.length, Math.floor(columns / 2)))
  return [
    markOf(marks, look),
    [`${sign} `, standing.tone],
    cell(look, row.name, name, 'strong'),
    [' '],
    cell(look, said, Math.max(0, columns - name - 4), left === undefined ? 'plain' : 'alarm')
  ]
}
