import { useMemo } from 'react'
import { planColumns } from '../panes/columns.ts'
import { compactHeader, compactLine } from '../panes/compact.ts'
import { eventLines } from '../panes/events.ts'
import { headLine, rowLine } from '../panes/tree-row.ts'
import type { Line } from '../theme.ts'
import { layoutOf, scrollTo } from '../view/layout.ts'
import { buildRows, type Row } from '../view/rows.ts'
import { selectedIndex } from '../view/selection.ts'
import type { ScreenProps } from './props.ts'
import { Rows } from './rows.tsx'
import { ruleLine } from './rule.ts'

/** The rows of the tree; built again only when nodes, folds or order changed. */
function useTreeRows({ view, shown }: ScreenProps): readonly Row[] {
  const { folded, order } = view
  const { state } = shown
  return useMemo(() => buildRows(state, folded, order), [state, folded, order])
}

/** Tree and events, the first screen. Only visible rows are made into lines. */
export function Tree(props: ScreenProps) {
  const { view, shown, look } = props
  const rows = useTreeRows(props)
  const { columns, tree, events } = layoutOf(view.size, rows.length)
  const at = selectedIndex(view, rows)
  const top = scrollTo(view.top, Math.max(0, at), tree, rows.length)
  const plan = planColumns(columns)
  const context = { look, plan, now: shown.now, logicalCpus: shown.state.run.logicalCpus, order: view.order }
  const lines = rows.length === 0 ? emptyTree() : rows.slice(top, top + tree).map((row, index) => rowLine(row, top + index === at, context))
  const hidden = rows.length - tree
  const below = hidden > 0 ? `${at + 1} of ${rows.length}` : ''
  return (
    <>
      <Rows look={look} columns={columns} height={1} lines={[headLine(context)]} />
      <Rows look={look} columns={columns} height={tree} lines={lines} selected={rows.length === 0 ? -1 : at - top} />
      <Rows look={look} columns={columns} height={1} lines={[ruleLine(look, columns, 'events', below)]} />
      <Rows look={look} columns={columns} height={events} lines={eventLines(shown.state.events, look, columns, events)} />
    </>
  )
}

/** One line a node, for terminals that are too small for more. */
export function CompactTree({ view, shown, look }: ScreenProps) {
  const nodes = useMemo(() => buildRows({ ...shown.state }, everything, 'tree').filter((row) => row.kind === 'node'), [shown.state])
  const { columns, tree } = layoutOf(view.size, nodes.length)
  const at = nodes.findIndex((row) => row.name === (view.selection?.node ?? nodes[0]?.name))
  const top = scrollTo(0, Math.max(0, at), tree, nodes.length)
  const context = { look, columns, now: shown.now }
  const lines = nodes.slice(top, top + tree).map((row, index) => compactLine(row, top + index === at, context))
  return (
    <>
      <Rows look={look} columns={columns} height={Math.min(1, view.size.rows - 1)} lines={[compactHeader(view.size)]} />
      <Rows look={look} columns={columns} height={tree} lines={lines} selected={at - top} />
    </>
  )
}

const everything: ReadonlySet<string> = new Set()

const emptyTree = (): Line[] => [
  [],
  [['  Nothing is supervised yet.', 'strong']],
  [],
  [['  Start with a command:        '], ['tsupervise -- node server.js', 'accent']],
  [['  or with a configuration:     '], ['tsupervise --config tsupervise.yaml', 'accent']],
  [],
  [['  tsupervise.yaml:', 'dim']],
  [['    worker:', 'dim']],
  [['      command: [node, server.js]', 'dim']]
]
