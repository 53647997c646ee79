import type { NodeState } from '../../store.ts'
import { bar, sparkline } from '../format/chart.ts'
import { formatPercent } from '../format/percent.ts'
import { formatBytes, formatGrowth } from '../format/size.ts'
import { formatAbout, formatDuration } from '../format/time.ts'
import { cell, type Tone, toneOfShare } from '../theme.ts'
import { type Pressure, pressureOf } from '../view/pressure.ts'
import { cpuTimeOf } from '../view/sort.ts'
import { isAlive, type Standing, standingOf } from '../view/standing.ts'
import { leaderOf } from '../view/target.ts'
import type { Column, ColumnId } from './columns.ts'
import type { Cell, RowContext } from './row-context.ts'

/** Cells over which a node that does not run says why. */
const SPOKEN_OVER: ReadonlySet<ColumnId> = new Set(['memory', 'bar', 'growth', 'latency'])

/** The cells of a node, after its name. */
export function nodeCells(node: NodeState, context: RowContext): Cell {
  const { columns } = context.plan
  const facts: NodeFacts = { ...context, node, standing: standingOf(node, context.now), pressure: pressureOf(node, context.now) }
  if (isAlive(node)) return columns.flatMap((column): Cell => [[' '], nodeCell(column, facts)])
  return spokenOver(columns, facts, facts.standing.note, facts.standing.tone)
}

/** The same with a note over those cells that say nothing. */
function spokenOver(columns: readonly Column[], facts: NodeFacts, note: string, tone: Tone): Cell {
  const spoken = columns.filter((column) => SPOKEN_OVER.has(column.id))
  const width = spoken.reduce((sum, column) => sum + column.width + 1, -1)
  return columns.flatMap((column): Cell => {
    if (!SPOKEN_OVER.has(column.id)) return [[' '], nodeCell(column, facts)]
    return column === spoken[0] ? [[' '], cell(facts.look, note, width, tone)] : []
  })
}

interface NodeFacts extends RowContext {
  readonly node: NodeState
  readonly standing: Standing
  readonly pressure: Pressure | undefined
}

type NodeCell = (facts: NodeFacts, column: Column) => readonly [text: string, tone: Tone]

const NODE_CELLS: Readonly<Record<ColumnId, NodeCell>> = {
  pid: ({ node }) => [String(leaderOf(node)?.pid ?? '-'), 'plain'],
  state: ({ standing: { sign, word, tone }, look }, { width }) => [
    width > 1 ? `${look.glyphs.signs[sign]} ${word}` : look.glyphs.signs[sign],
    tone
  ],
  cpu: ({ node, pressure }) => [node.sample === undefined ? '-' : formatPercent(node.sample.cpuPercent), cpuTone(pressure)],
  history: ({ node, look, logicalCpus, pressure }, { width }) => [
    sparkline(node.cpuHistory.slice(-60), width, fullScale(node, logicalCpus), look.glyphs, 6),
    cpuTone(pressure)
  ],
  memory: ({ node, pressure }) => [node.sample === undefined ? '-' : formatBytes(node.sample.rssBytes), memoryTone(pressure)],
  bar: ({ look, pressure }, { width }) => [
    pressure === undefined ? '' : bar(pressure.memoryShare, width - 2, look.glyphs),
    memoryTone(pressure)
  ],
  growth: ({ pressure }) => [
    pressure === undefined ? '' : formatGrowth(pressure.growthBytes, pressure.memoryLimitBytes),
    memoryTone(pressure)
  ],
  latency: (facts, column) => [latencyText(facts, column), facts.pressure?.leftMs === undefined ? 'dim' : 'alarm'],
  budget: (facts, column) => [budgetText(facts, column), isUsedUp(facts.node) ? 'alarm' : 'plain'],
  up: ({ node, now }) => [node.phase.phase === 'running' ? formatDuration(now - Date.parse(node.phase.since)) : '', 'plain'],
  time: ({ node }) => [node.sample === undefined ? '' : formatDuration(cpuTimeOf(node)), 'plain']
}

function nodeCell(column: Column, facts: NodeFacts): Cell[number] {
  const [text, tone] = NODE_CELLS[column.id](facts, column)
  return cell(facts.look, text, column.width, tone, column.align)
}

const isUsedUp = ({ budget }: NodeState): boolean => budget.uses >= budget.limit && budget.limit > 0

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
function latencyText({ node, pressure, standing, look }: NodeFacts, { width }: Column): string {
  if (node.phase.phase !== 'running') return standing.note
  if (!node.description.watched) return 'not watched'
  if (pressure === undefined) return 'no check yet'
  const ratio = `${wholeSeconds(pressure.sustainedMs)}/${Math.round(pressure.latencyMs / 1000)}s`
  const left = pressure.leftMs === undefined ? '' : formatAbout(pressure.leftMs)
  if (width < 15) return `${ratio.padEnd(6)} ${left}`
  const share = pressure.latencyMs === 0 ? Number(pressure.leftMs !== undefined) : pressure.sustainedMs / pressure.latencyMs
  return `${ratio.padEnd(6)} ${bar(share, 3, look.glyphs)} ${left}`
}

/** Starts left of those allowed, and when the next one comes back. */
function budgetText({ node, now }: NodeFacts, { width }: Column): string {
  const { uses, limit, refillsAt } = node.budget
  const left = `${Math.max(0, limit - uses)}/${limit}`
  if (width < 8 || refillsAt === undefined) return left
  return `${left} ${formatAbout(Date.parse(refillsAt) - now)}`
}
