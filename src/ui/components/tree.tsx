import { planColumns } from '../panes/columns.ts'
import { compactLine } from '../panes/compact.ts'
import { eventLines } from '../panes/events.ts'
import { compactHeader } from '../panes/header.ts'
import type { RowContext } from '../panes/row-context.ts'
import { headLine, rowLine } from '../panes/tree-row.ts'
import type { Line } from '../theme.ts'
import { layoutOf, scrollTo } from '../view/layout.ts'
import type { Row } from '../view/row.ts'
import { selectedIndex, topOf } from '../view/selection.ts'
import { SORT_NAMES } from '../view/sort.ts'
import type { ViewState } from '../view/state.ts'
import { rowsOf } from '../view/world.ts'
import type { ScreenProps } from './props.ts'
import { Rows } from './rows.tsx'
import { ruleLine } from './rule.ts'

/** Tree and events, the first screen. Only visible rows are made into lines. */
export function Tree({ view, shown, look }: ScreenProps) {
  const rows = rowsOf(view, { shown: shown.state, ghosts: shown.ghosts, facts: shown.facts })
  const { columns, tree, events } = layoutOf(view.size, rows.length)
  const at = selectedIndex(view, rows)
  const top = topOf(view, at, tree, rows.length)
  const context: RowContext = {
    look,
    plan: planColumns(columns, view.sort.by),
    now: shown.now,
    logicalCpus: shown.state.run.logicalCpus,
    order: view.order,
    sort: view.sort,
    links: shown.links
  }
  return (
    <>
      <Rows look={look} columns={columns} height={1} lines={[headLine(context)]} />
      <Rows look={look} columns={columns} height={tree} lines={visibleLines(rows, top, tree, at, view, context)} selected={at - top} />
      <Rows look={look} columns={columns} height={1} lines={[ruleLine(look, columns, 'events', summaryOf(view, rows, at, tree))]} />
      <Rows look={look} columns={columns} height={events} lines={eventLines(shown.state, look, columns, events)} />
    </>
  )
}

function visibleLines(
  rows: readonly Row[],
  top: number,
  height: number,
  at: number,
  view: ViewState,
  context: RowContext
): readonly Line[] {
  if (rows.length === 0) return view.filter === undefined ? emptyTree() : nothingFound(view.filter.text)
  return rows
    .slice(top, top + height)
    .map((row, index) => rowLine(row, { selected: top + index === at, tagged: view.tags.has(row.key) }, context))
}

/** What changes which rows are seen, and where among them the selected one is. */
function summaryOf({ filter, tags, sort, order, follow, search }: ViewState, rows: readonly Row[], at: number, height: number): string {
  return [
    ...tagged(tags),
    ...filtered(filter),
    ...(search === '' ? [] : [`search ${search}`]),
    ...(order === 'flat' ? ['flat'] : []),
    ...(sort.by === 'order' && !sort.inverted ? [] : [`by ${SORT_NAMES[sort.by]}${sort.inverted ? ', inverted' : ''}`]),
    ...(follow ? [] : ['not following']),
    ...(rows.length > height || filter !== undefined ? [`${at + 1} of ${rows.length}`] : [])
  ].join('  ')
}

const tagged = (tags: ViewState['tags']): string[] => (tags.size > 0 ? [`${tags.size} tagged`] : [])
const filtered = (filter: ViewState['filter']): string[] => (filter === undefined ? [] : [`filter ${filter.text}`])

/** One line a node, for terminals that are too small for more. */
export function CompactTree({ view, shown, look, readOnly }: ScreenProps & { readonly readOnly: boolean }) {
  const nodes = rowsOf(view, { shown: shown.state, ghosts: shown.ghosts, facts: shown.facts }).filter((row) => row.kind === 'node')
  const { columns, tree } = layoutOf(view.size, nodes.length)
  const at = selectedIndex(view, nodes)
  const top = scrollTo(view.top, Math.max(0, at), tree, nodes.length)
  const context = { look, columns, now: shown.now }
  const visible = nodes.slice(top, top + tree)
  const lines =
    nodes.length === 0 && view.filter !== undefined
      ? nothingFound(view.filter.text).slice(1)
      : visible.map((row, index) => compactLine(row, { selected: top + index === at, tagged: view.tags.has(row.key) }, context))
  const chosen = [...tagged(view.tags), ...(view.prompt === undefined ? filtered(view.filter) : [])]
  const header = compactHeader(shown.state, view.size, chosen, { ...context, paused: view.paused, readOnly, links: shown.links })
  return (
    <>
      <Rows look={look} columns={columns} height={Math.min(1, view.size.rows - 1)} lines={[header]} />
      <Rows look={look} columns={columns} height={tree} lines={lines} selected={at - top} />
    </>
  )
}

const nothingFound = (filter: string): Line[] => [[], [['  No row passes the filter '], [filter, 'strong'], ['. Esc takes it away.']]]

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
