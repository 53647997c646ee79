import type { Link } from '../../session.ts'
import type { SupervisorState } from '../../store.ts'
import { sparkline } from '../format/chart.ts'
import { safe } from '../format/safe.ts'
import { formatShare } from '../format/size.ts'
import { formatDuration } from '../format/time.ts'
import { widthOf } from '../format/width.ts'
import type { Line, Look, Segment, Tone } from '../theme.ts'
import { SMALLEST } from '../view/layout.ts'
import type { ViewState } from '../view/state.ts'

export interface HeaderContext {
  readonly look: Look
  readonly columns: number
  /** Wall clock, ms. */
  readonly now: number
  readonly paused: boolean
  readonly readOnly: boolean
  readonly links?: readonly Link[] | undefined
}

/** One piece of the header; what has the highest `rank` gives way first. */
interface Part {
  readonly rank: number
  readonly text: string
  readonly tone: Tone
}

/** Who and where, the host, the level, how many, and at the right what is out of the ordinary. */
export function headerLine(state: SupervisorState, context: HeaderContext): Line {
  const { look, columns } = context
  const right = unusualParts(state, context).map((part) => ({ ...part, text: safe(part.text, look.ascii) }))
  const left = leftParts(state, context).map((part) => ({ ...part, text: safe(part.text, look.ascii) }))
  const rightWidth = right.reduce((sum, part) => sum + widthOf(part.text) + 2, 0)
  const kept = keepFitting(left, columns - rightWidth - 1)
  const used = kept.reduce((sum, part) => sum + widthOf(part.text) + 2, -1)
  const gap: Segment = [' '.repeat(Math.max(2, columns - used - rightWidth))]
  return [[' '], ...joined(kept), ...(right.length === 0 ? [] : [gap, ...joined(right)])]
}

/** Columns from which on the size of a small screen is explained whatever else there is to say. */
const EXPLAINED = 40

/** That the terminal is too small for more than one line a node, and what is out of the ordinary; `chosen`: what changes which rows are seen. */
export function compactHeader(state: SupervisorState, size: ViewState['size'], chosen: readonly string[], context: HeaderContext): Line {
  const parts = [...unusualParts(state, context), ...chosen.map((text): Part => ({ rank: 0, text, tone: 'plain' }))]
  const explained: Part[] =
    parts.length === 0
      ? [{ rank: 0, text: `one line a node; all from ${SMALLEST.columns}x${SMALLEST.rows}`, tone: 'dim' }]
      : size.columns < EXPLAINED
        ? []
        : [{ rank: 0, text: 'one line a node', tone: 'dim' }]
  return [[` ${size.columns}x${size.rows}: `, 'warn'], ...joined([...explained, ...parts])]
}

const joined = (parts: readonly Part[]): Segment[] =>
  parts.flatMap((part, index): Segment[] => (index === 0 ? [[part.text, part.tone]] : [['  '], [part.text, part.tone]]))

function keepFitting(parts: readonly Part[], columns: number): readonly Part[] {
  const width = parts.reduce((sum, part) => sum + widthOf(part.text) + 2, -2)
  const highest = Math.max(...parts.map((part) => part.rank))
  if (width <= columns || parts.length <= 1) return parts
  return keepFitting(
    parts.filter((part) => part.rank !== highest),
    columns
  )
}

function leftParts({ run, nodes, order, orphans }: SupervisorState, { look, now }: HeaderContext): Part[] {
  const self = run.self
  const parts: Part[] = [
    { rank: 0, text: 'tsupervise', tone: 'title' },
    { rank: 2, text: run.host, tone: 'strong' }
  ]
  if (run.name !== '' && run.name !== run.host) parts.push({ rank: 6, text: run.name, tone: 'plain' })
  if (run.startedAt !== undefined) parts.push({ rank: 4, text: `up ${formatDuration(now - Date.parse(run.startedAt))}`, tone: 'plain' })
  if (self !== undefined) {
    const history = sparkline(run.hostCpuHistory.slice(-24), 4, 100, look.glyphs, 6).trim()
    parts.push({ rank: 5, text: `cpu ${Math.round(self.hostCpuPercent)}%`, tone: 'plain' })
    parts.push({ rank: 8, text: history, tone: 'dim' })
    parts.push({ rank: 7, text: `mem ${formatShare(self.hostMemoryUsed, self.hostMemoryTotal)}`, tone: 'plain' })
  }
  parts.push({ rank: 3, text: `level ${run.level}`, tone: run.level === 'normal' ? 'plain' : 'accent' })
  const workers = order.filter((name) => Object.hasOwn(nodes, name) && nodes[name]?.description.kind === 'worker').length
  const extensions = order.length - workers
  parts.push({ rank: 1, text: `${count(workers, 'worker')} ${count(extensions, 'extension')}`, tone: 'plain' })
  const registered = orphans.armed + orphans.acting
  if (registered > 0) parts.push({ rank: 3, text: count(registered, 'orphan'), tone: 'plain' })
  return parts
}

const count = (amount: number, what: string): string => `${amount} ${what}${amount === 1 ? '' : 's'}`

/** What is out of the ordinary. */
function unusualParts({ run, problems, checks }: SupervisorState, { paused, readOnly, links, now }: HeaderContext): Part[] {
  const parts: Part[] = lostParts(links ?? [], now)
  if (run.shutdown !== undefined) parts.push({ rank: 0, text: 'stopping everything', tone: 'warn' })
  if (run.dryRun) parts.push({ rank: 0, text: 'dry run', tone: 'accent' })
  if (readOnly) parts.push({ rank: 0, text: 'read only', tone: 'accent' })
  if (paused) parts.push({ rank: 0, text: 'PAUSED', tone: 'warn' })
  const failing = checks.filter(({ state }) => state === 'failing').length
  if (failing > 0) parts.push({ rank: 0, text: `${count(failing, 'check')} failing`, tone: 'alarm' })
  if (problems.length > 0) parts.push({ rank: 0, text: count(problems.length, 'warning'), tone: 'warn' })
  return parts
}

/** Lost connections that are named; of more, how many they are. */
const NAMED = 3

/** Lost connections with their age: what is shown of those supervisors is what was known then. */
function lostParts(links: readonly Link[], now: number): Part[] {
  const lost = links.flatMap(({ label, standing }) => {
    return standing.kind === 'lost' ? [{ label, age: formatDuration(now - Date.parse(standing.since)) }] : []
  })
  const [first, ...others] = lost
  if (first === undefined) return []
  if (others.length === 0) return [{ rank: 0, text: `${first.label}: connection lost ${first.age} ago`, tone: 'alarm' }]
  const names = lost.length > NAMED ? `${lost.length} of ${links.length}` : lost.map(({ label, age }) => `${label} ${age}`).join(', ')
  return [{ rank: 0, text: `connections lost: ${names}`, tone: 'alarm' }]
}
