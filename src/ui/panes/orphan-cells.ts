import type { Link } from '../../session.ts'
import { formatDuration } from '../format/time.ts'
import { cell, type Tone } from '../theme.ts'
import type { BranchRow, MoreRow, OrphanRow, OrphansRow } from '../view/row.ts'
import { isAlive } from '../view/standing.ts'
import type { Column } from './columns.ts'
import { askerOf, termsOf } from './pair.ts'
import { type Cell, foldSign, type RowContext } from './row-context.ts'
import { guidePart, shortCommand } from './row-name.ts'

const count = (amount: number, what: string): string => `${amount} ${what}${amount === 1 ? '' : 's'}`

/** `▾ orphans  12 registered, 3 parents`. */
export function orphansLine(row: OrphansRow, { look, plan }: RowContext): Cell {
  const { armed, acting, parents, refused, socket } = row.orphans
  const said = [
    `${armed + acting} registered`,
    count(parents, 'parent'),
    ...(acting > 0 ? [`${acting} being ended`] : []),
    ...(refused > 0 ? [`${refused} refused`] : []),
    ...(socket === undefined ? [] : [`socket ${socket}`])
  ].join(', ')
  const whose = row.label === undefined || row.nested ? '' : `of ${row.label} `
  const head = `${plan.name >= 24 ? 'orphans   ' : 'orphans '}${whose}`
  return [
    [`${row.nested ? '  ' : ''}${foldSign(row, look)} `, 'dim'],
    [head, 'strong'],
    [` ${said}`, 'dim']
  ]
}

/** A pair: the child in the place of the name, then its parent, how it ends, who wants that, since when. */
export function orphanLine(row: OrphanRow, context: RowContext): Cell {
  const { look, plan, now } = context
  const { pair } = row
  const branch = `${row.nested ? '    ' : '  '}${guidePart(row.isLast, true, look.glyphs)}`
  const width = Math.min(branch.length, plan.name)
  const isArmed = pair.standing.kind === 'armed'
  const tone: Tone = isArmed ? 'plain' : 'warn'
  const name = cell(look, shortCommand(pair.childCommand) || 'command unknown', plan.name - width, tone)
  const [age, rest] = lastColumn(plan.columns)
  const spoken = rest.filter(({ id }) => id !== 'pid' && id !== 'state')
  const room = spoken.reduce((sum, column) => sum + column.width + 1, -1)
  const parent = `parent ${pair.parent.pid} ${shortCommand(pair.parentCommand)}`.trimEnd()
  const terms = `${termsOf(pair)}${pair.scope === 'child' ? ', child alone' : ''}`
  const said =
    pair.standing.kind === 'acting' ? [`receipt ${pair.standing.receipt}`, parent, askerOf(pair), terms] : [parent, terms, askerOf(pair)]
  const cells = rest.flatMap((column): Cell => {
    if (column.id === 'pid') return [[' '], cell(look, String(pair.child.pid), column.width, tone, column.align)]
    if (column.id === 'state') return [[' '], cell(look, stateText(isArmed, column, context), column.width, tone)]
    return column === spoken[0] ? [[' '], cell(look, said.join('  '), room, 'dim')] : []
  })
  const aged: Cell = age === undefined ? [] : [[' '], cell(look, formatDuration(now - Date.parse(pair.since)), age.width, 'dim', 'right')]
  return [cell(look, branch, width, 'dim'), name, ...cells, ...aged]
}

function stateText(isArmed: boolean, { width }: Column, { look }: RowContext): string {
  const sign = isArmed ? look.glyphs.signs.armed : look.glyphs.signs.acting
  return width > 1 ? `${sign} ${isArmed ? 'armed' : 'acting'}` : sign
}

/** The column of ages, if it is there, and the others. */
function lastColumn(columns: readonly Column[]): readonly [Column | undefined, readonly Column[]] {
  const age = columns.find(({ id }) => id === 'up' || id === 'time')
  return [age, columns.filter((column) => column !== age)]
}

export const moreLine = ({ count: more, nested }: MoreRow, { look }: RowContext): Cell => [
  [`${nested ? '    ' : '  '}${look.glyphs.lastBranch}`, 'dim'],
  [`${look.glyphs.ellipsis} and ${more} more`, 'dim']
]

/** A supervisor of several: how many of its nodes run, or since when nothing is known of it. */
export function branchLine(row: BranchRow, { look, links = [], now }: RowContext): Cell {
  const link: Link | undefined = links.find(({ label }) => label === row.name)
  const running = row.nodes.filter(isAlive).length
  const head: Cell = [
    [`${foldSign(row, look)} `, 'dim'],
    [row.name, 'title']
  ]
  if (link?.standing.kind !== 'lost') return [...head, [`  ${running} of ${row.nodes.length} running`, 'dim']]
  const age = formatDuration(now - Date.parse(link.standing.since))
  return [
    ...head,
    [`  connection lost ${age} ago, ${running} of ${row.nodes.length} ran then`, 'alarm'],
    [`: ${link.standing.detail}`, 'dim']
  ]
}
