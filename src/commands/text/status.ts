import { escapeControls } from '../../core/output/escape.ts'
import { describeEvent } from '../../log/message.ts'
import { type NodeState, type SupervisorState, selectNodes } from '../../store.ts'
import { formatPercent } from '../../ui/format/percent.ts'
import { formatBytes } from '../../ui/format/size.ts'
import { clockTime, formatDuration } from '../../ui/format/time.ts'
import { cut } from '../../ui/format/width.ts'
import { standingOf } from '../../ui/view/standing.ts'
import { type Column, tableLines } from './table.ts'

/** Warnings that are shown, the newest. */
const WARNINGS = 3

const COLUMNS: readonly Column[] = [
  { title: 'NAME' },
  { title: 'KIND' },
  { title: 'STATE' },
  { title: 'PID', align: 'right' },
  { title: 'CPU%', align: 'right' },
  { title: 'MEM', align: 'right' },
  { title: 'RESTARTS', align: 'right' },
  { title: 'UP', align: 'right' },
  { title: 'NOTE' }
]

/** Whether something needs a person: a node that failed, would not die, or does not pass its health check. */
export const needsAttention = (state: SupervisorState): boolean =>
  selectNodes(state).some(({ phase, health }) => phase.phase === 'failed' || phase.phase === 'stuck' || health?.healthy === false)

/** The run in a line, then a line a node, then the newest warnings. `now`: wall clock, ms. */
export function statusLines(state: SupervisorState, now: number, width: number): string[] {
  const lineOf = (text: string): string => cut(escapeControls(text), width, '…')
  const nodes = selectNodes(state)
  const table =
    nodes.length === 0
      ? ['no nodes']
      : tableLines(
          COLUMNS,
          nodes.map((node) => rowOf(node, now)),
          width
        )
  const warnings = state.problems
    .slice(-WARNINGS)
    .map((event) => lineOf(`warning ${clockTime(event.time)} ${event.node === undefined ? '' : `${event.node}: `}${describeEvent(event)}`))
  return [lineOf(headline(state, now)), ...table, ...warnings]
}

function headline({ run, orphans }: SupervisorState, now: number): string {
  const up = run.startedAt === undefined ? [] : [`up ${formatDuration(now - Date.parse(run.startedAt))}`]
  const held = orphans.armed + orphans.acting
  return [
    `${run.name} on ${run.host}: pid ${run.pid}`,
    ...up,
    `level ${run.level}`,
    ...(run.dryRun ? ['dry run'] : []),
    ...(orphans.socket === undefined ? [] : [`${held} ${held === 1 ? 'orphan' : 'orphans'}`]),
    ...(run.shutdown === undefined ? [] : ['stopping everything'])
  ].join(', ')
}

function rowOf(node: NodeState, now: number): string[] {
  const { description, phase, sample, restarts } = node
  const { word, note } = standingOf(node, now)
  const running = phase.phase === 'running'
  return [
    description.name,
    description.kind,
    word,
    running ? String(phase.leader.pid) : '-',
    sample === undefined ? '-' : formatPercent(sample.cpuPercent),
    sample === undefined ? '-' : formatBytes(sample.rssBytes),
    String(restarts),
    running ? formatDuration(now - Date.parse(phase.since)) : '-',
    note
  ]
}
