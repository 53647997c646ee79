import type { NodeState } from '../../store.ts'
import { bar, sparkline } from '../format/chart.ts'
import { formatPercent } from '../format/percent.ts'
import { formatBytes, formatGrowth } from '../format/size.ts'
import { formatAbout, formatDuration, formatLeft } from '../format/time.ts'
import { cell, type Glyphs, type Line, type Look, type Segment, type Tone, toneOfShare } from '../theme.ts'
import { type Pressure, pressureOf } from '../view/pressure.ts'
import type { Row } from '../view/rows.ts'
import { isAlive, standingOf } from '../view/standing.ts'
import { startedAt } from '../view/started.ts'
import { leaderOf } from '../view/target.ts'
import type { Column, ColumnId, ColumnPlan } from './columns.ts'

export interface RowContext {
  readonly look: Look
  readonly plan: ColumnPlan
  /** Wall clock, ms. */
  readonly now: number
  readonly logicalCpus: number
  readonly order: 'tree' | 'flat'
}

type Cell = readonly Segment[]

/** The heads of the columns. */
export const headLine = ({ look, plan }: RowContext): Line => [
  cell(look, ' NAME', plan.name + 1, 'strong'),
  ...plan.columns.flatMap((column): Cell => [[' '], cell(look, column.title, column.width, 'strong', column.align)])
]

/** One row of the tree, `selected` only by its marker here. */
export function rowLine(row: Row, selected: boolean, context: RowContext): Line {
  const { look } = context
  const marker: Segment = [selected ? look.glyphs.marker : ' ', 'accent']
  return row.kind === 'node'
    ? [marker, ...nodeName(row, context), ...nodeCells(row.node, context)]
    : [marker, ...processName(row, context), ...processCells(row, context)]
}

function foldSign(row: Row, glyphs: Glyphs): string {
  if (row.fold === 'none') return ' '
  return row.fold === 'folded' ? glyphs.folded : glyphs.open
}

function nodeName(row: Extract<Row, { kind: 'node' }>, { look, plan }: RowContext): Cell {
  const kind = plan.name >= 24 ? row.node.description.kind.padEnd(10) : `${row.node.description.kind === 'worker' ? 'w' : 'e'} `
  const head = `${foldSign(row, look.glyphs)} ${kind}`
  return [cell(look, head, Math.min(head.length, plan.name), 'dim'), cell(look, row.name, Math.max(0, plan.name - head.length), 'strong')]
}

function processName(row: Extract<Row, { kind: 'process' }>, { look, plan, order }: RowContext): Cell {
  const { glyphs } = look
  const folded = row.fold === 'folded' ? `${glyphs.folded} ` : ''
  if (order === 'flat') {
    const owner = row.name.padEnd(9)
    const room = Math.min(owner.length + 1, Math.floor(plan.name / 2))
    return [cell(look, owner, room, 'dim'), cell(look, shortCommand(row.process.command), plan.name - room)]
  }
  const drawn = [...row.guide].map((last, level) => guidePart(last === 'l', level === row.guide.length - 1, glyphs)).join('')
  const branch = `  ${drawn.slice(-Math.max(3, Math.floor(plan.name / 6) * 3))}`
  const width = Math.min(branch.length, plan.name)
  return [cell(look, branch, width, 'dim'), cell(look, folded + shortCommand(row.process.command), plan.name - width)]
}

/** Without the folders of the program: the column is narrow, and the details have all of it. */
const shortCommand = (command: string): string => command.replace(/^\/\S*\/(?=[^\s/])/, '')

function guidePart(isLast: boolean, isOwn: boolean, glyphs: Glyphs): string {
  if (isOwn) return isLast ? glyphs.lastBranch : glyphs.branch
  return isLast ? '   ' : glyphs.through
}

/** Cells over which a node that does not run says why. */
const SPOKEN_OVER: ReadonlySet<ColumnId> = new Set(['memory', 'bar', 'growth', 'latency'])

function nodeCells(node: NodeState, context: RowContext): Cell {
  const { columns } = context.plan
  if (isAlive(node)) return columns.flatMap((column): Cell => [[' '], ...nodeCell(column, node, context)])
  const standing = standingOf(node, context.now)
  const spoken = columns.filter((column) => SPOKEN_OVER.has(column.id))
  const width = spoken.reduce((sum, column) => sum + column.width + 1, -1)
  return columns.flatMap((column): Cell => {
    if (!SPOKEN_OVER.has(column.id)) return [[' '], ...nodeCell(column, node, context)]
    return column === spoken[0] ? [[' '], cell(context.look, standing.note, width, standing.tone)] : []
  })
}

interface CellFacts extends RowContext {
  readonly column: Column
  readonly node: NodeState
  readonly pressure: Pressure | undefined
}

type NodeCell = (facts: CellFacts) => readonly [text: string, tone: Tone]

const NODE_CELLS: Readonly<Record<ColumnId, NodeCell>> = {
  pid: ({ node }) => [String(leaderOf(node)?.pid ?? '-'), 'plain'],
  state: ({ node, now, look, column }) => {
    const { sign, word, tone } = standingOf(node, now)
    return [column.width > 1 ? `${look.glyphs.signs[sign]} ${word}` : look.glyphs.signs[sign], tone]
  },
  cpu: ({ node, pressure }) => [node.sample === undefined ? '-' : formatPercent(node.sample.cpuPercent), cpuTone(pressure)],
  history: ({ node, column, look, logicalCpus, pressure }) => {
    const drawn = sparkline(node.cpuHistory.slice(-60), column.width, fullScale(node, logicalCpus), look.glyphs, 6)
    return [drawn, cpuTone(pressure)]
  },
  memory: ({ node, pressure }) => [node.sample === undefined ? '-' : formatBytes(node.sample.rssBytes), memoryTone(pressure)],
  bar: ({ column, look, pressure }) => [
    pressure === undefined ? '' : bar(pressure.memoryShare, column.width - 2, look.glyphs),
    memoryTone(pressure)
  ],
  growth: ({ pressure }) => [
    pressure === undefined ? '' : formatGrowth(pressure.growthBytes, pressure.memoryLimitBytes),
    memoryTone(pressure)
  ],
  latency: (facts) => [latencyText(facts), facts.pressure?.leftMs === undefined ? 'dim' : 'alarm'],
  budget: (facts) => [
    budgetText(facts),
    facts.node.budget.uses >= facts.node.budget.limit && facts.node.budget.limit > 0 ? 'alarm' : 'plain'
  ],
  up: ({ node, now }) => [node.phase.phase === 'running' ? formatDuration(now - Date.parse(node.phase.since)) : '', 'plain']
}

function nodeCell(column: Column, node: NodeState, context: RowContext): Cell {
  const [text, tone] = NODE_CELLS[column.id]({ ...context, column, node, pressure: pressureOf(node, context.now) })
  return [cell(context.look, text, column.width, tone, column.align)]
}

/** CPU percent of one CPU that fills the sparkline: the node's limit on all CPUs. */
const fullScale = (node: NodeState, logicalCpus: number): number => Math.max(1, node.description.limits.cpu.value * logicalCpus)

const cpuTone = (pressure: Pressure | undefined): Tone => {
  if (pressure === undefined) return 'plain'
  return pressure.leftMs !== undefined && pressure.rule === 'cpu' ? 'alarm' : calm(toneOfShare(pressure.cpuShare))
}

const memoryTone = (pressure: Pressure | undefined): Tone => (pressure === undefined ? 'plain' : calm(toneOfShare(pressure.memoryShare)))

const calm = (tone: Tone): Tone => (tone === 'dim' ? 'plain' : tone)

const wholeSeconds = (ms: number): number => Math.floor(ms / 1000)

/** `9/12s ▕███░▏ 3s`: how long over, of how long it may be, what is left before the stop. */
function latencyText({ column, node, pressure, now, look }: CellFacts): string {
  if (node.phase.phase !== 'running') return standingOf(node, now).note
  if (!node.description.watched) return 'not watched'
  if (pressure === undefined) return 'no check yet'
  const ratio = `${wholeSeconds(pressure.sustainedMs)}/${Math.round(pressure.latencyMs / 1000)}s`
  const left = pressure.leftMs === undefined ? '' : formatLeft(pressure.leftMs)
  if (column.width < 15) return `${ratio.padEnd(6)} ${left}`
  const share = pressure.latencyMs === 0 ? Number(pressure.leftMs !== undefined) : pressure.sustainedMs / pressure.latencyMs
  return `${ratio.padEnd(6)} ${bar(share, 3, look.glyphs)} ${left}`
}

/** Starts left of those allowed, and when the next one comes back. */
function budgetText({ column, node, now }: CellFacts): string {
  const { uses, limit, refillsAt } = node.budget
  const left = `${Math.max(0, limit - uses)}/${limit}`
  if (column.width < 8 || refillsAt === undefined) return left
  return `${left} ${formatAbout(Date.parse(refillsAt) - now)}`
}

/** Words for the kernel's state letters, proc(5). */
const PROCESS_STATES: Readonly<Record<string, string>> = {
  R: 'running',
  S: 'sleeping',
  D: 'disk wait',
  Z: 'zombie',
  T: 'stopped',
  t: 'traced',
  I: 'idle',
  X: 'dead'
}

function processCells(row: Extract<Row, { kind: 'process' }>, context: RowContext): Cell {
  const { look, now, plan } = context
  const { process } = row
  const text: Readonly<Partial<Record<ColumnId, string>>> = {
    pid: String(process.pid),
    state: process.state,
    cpu: formatPercent(process.cpuPercent),
    memory: formatBytes(process.rssBytes),
    up: formatDuration(now - (startedAt(row.node, process) ?? Number.NaN))
  }
  return plan.columns.flatMap((column): Cell => {
    const wide = column.id === 'state' && column.width > 1 ? `${process.state} ${PROCESS_STATES[process.state] ?? ''}` : undefined
    const tone: Tone = process.state === 'Z' || process.state === 'D' ? 'warn' : 'dim'
    return [[' '], cell(look, wide ?? text[column.id] ?? '', column.width, column.id === 'state' ? tone : 'dim', column.align)]
  })
}
