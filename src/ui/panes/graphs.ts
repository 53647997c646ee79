import type { NodeState, RunState } from '../../store.ts'
import { type GraphCell, graph } from '../format/graph.ts'
import { formatPercent } from '../format/percent.ts'
import { formatBytes } from '../format/size.ts'
import { cell, type Line, type Segment, type Tone } from '../theme.ts'
import { heading, type TextContext } from './text.ts'

const ROWS = 4
/** Columns of the scale at the left. */
const SCALE = 9

interface Graph {
  readonly title: string
  readonly values: readonly number[]
  readonly limit: number
  readonly write: (value: number) => string
}

/** CPU and memory of a node over the last refreshes, each with the line that it must not stay above. */
export function graphLines(node: NodeState, run: RunState, context: TextContext): Line[] {
  const { limits } = node.description
  const cpuLimit = Math.min(limits.cpu.value, 100) * run.logicalCpus
  const baseline = node.ledger.at(-1)?.memory.baselineBytes
  const cpu: Graph = {
    title: 'CPU, percent of one; the line is its limit',
    values: node.cpuHistory,
    limit: cpuLimit,
    write: (value) => `${formatPercent(value)}%`
  }
  const memory: Graph = {
    title: 'MEMORY, sum of resident sizes; the line is baseline + limit',
    values: node.memoryHistory,
    limit: baseline === undefined ? Number.POSITIVE_INFINITY : baseline + limits.memory.value,
    write: formatBytes
  }
  return [cpu, memory].filter(({ values }) => values.length > 1).flatMap((one) => draw(one, context))
}

function draw({ title, values, limit, write }: Graph, { look, columns }: TextContext): Line[] {
  const highest = Math.max(...values)
  // a limit far above what happens would flatten the graph; it is shown once half of it is used
  const scale = Number.isFinite(limit) && highest * 2 >= limit ? Math.max(highest, limit) : Math.max(highest, 1e-9)
  const width = Math.max(10, columns - SCALE - 3)
  const rows = graph(values, { columns: width, rows: ROWS, scale, limit }, look.glyphs)
  const note = scale >= limit ? '' : Number.isFinite(limit) ? ` (${write(limit)}, above this graph)` : ''
  return [
    heading(`${title}${note}`),
    ...rows.map((cells, row): Line => {
      const label = row === 0 ? write(scale) : row === ROWS - 1 ? '0' : ''
      return [cell(look, label, SCALE, 'dim', 'right'), [` ${look.glyphs.side}`, 'dim'], ...joined(cells, limit, scale, row)]
    })
  ]
}

/** Neighbours of one kind as one segment. */
function joined(cells: readonly GraphCell[], limit: number, scale: number, row: number): Segment[] {
  const above = scale > limit && ROWS - row > Math.ceil((limit / scale) * ROWS)
  const toneOf = (kind: GraphCell['kind']): Tone => (kind === 'limit' ? 'warn' : above ? 'alarm' : 'accent')
  const segments: { text: string; kind: GraphCell['kind'] }[] = []
  for (const { text, kind } of cells) {
    const last = segments.at(-1)
    if (last?.kind === kind) last.text += text
    else segments.push({ text, kind })
  }
  return segments.map(({ text, kind }): Segment => [text, toneOf(kind)])
}
