import type { Identity } from '../../core/process/identity.ts'
import { sameProcess } from '../../core/process/identity.ts'
import { describeExit, describeReceipt } from '../../core/stop/wording.ts'
import type { NodeState, SupervisorState } from '../../store.ts'
import { formatBytes } from '../format/size.ts'
import { tickOf } from '../format/tick.ts'
import { clockTime, formatDuration, formatLeft } from '../format/time.ts'
import type { Line } from '../theme.ts'
import { nodeNamed } from '../view/rows.ts'
import { isAlive, standingOf } from '../view/standing.ts'
import { startedAt } from '../view/started.ts'
import { type Facts, factsOf } from '../view/subject.ts'
import { executionFields } from './execution.ts'
import { graphLines } from './graphs.ts'
import { limitLines } from './limits.ts'
import { cpuPercentText, ledgerLines, processLines } from './tables.ts'
import { field, heading, paragraph, sections, type TextContext } from './text.ts'

/** Checks and receipts that the detail shows; the newest. */
const CHECKS = 8
const RECEIPTS = 5

/** Everything about one node, and first about one of its processes if that was the selected row. */
export function detailLines(
  state: SupervisorState,
  name: string,
  process: Identity | undefined,
  context: TextContext,
  facts: Facts
): Line[] {
  const node = nodeNamed(state, name)
  if (node === undefined) return paragraph(`${name} is no longer part of this run.`, context)
  return sections(
    process === undefined ? [] : aboutProcess(node, process, context),
    aboutNode(node, context),
    graphLines(node, state.run, context),
    limitLines(node, state.run, context),
    ledgerLines(`CHECKS, the last ${Math.min(CHECKS, node.ledger.length)}`, node.ledger.slice(-CHECKS), context),
    history(state, name, node, context),
    processLines('PROCESSES', (node.sample?.processes ?? []).map(listed), 'CPU', context),
    aboutExecution(process ?? leaderOf(node), facts, context)
  )
}

const listed = (process: NonNullable<NodeState['sample']>['processes'][number]) => ({ ...process, cpu: cpuPercentText(process.cpuPercent) })

function aboutProcess(node: NodeState, identity: Identity, context: TextContext): Line[] {
  const process = node.sample?.processes.find((candidate) => sameProcess(candidate, identity))
  if (process === undefined) return [heading('PROCESS'), ...field(String(identity.pid), 'has ended', context, 'warn')]
  const started = startedAt(node, process)
  return [
    heading('PROCESS'),
    ...field('command', process.command, context),
    ...field(
      'pid',
      `${process.pid}, parent ${process.ppid}, group ${process.pgid}, session ${process.sid}, ${process.threads} threads`,
      context
    ),
    ...field('started', started === undefined ? tickOf(process.startTime) : clockTime(new Date(started).toISOString()), context),
    ...field(
      'uses',
      `${cpuPercentText(process.cpuPercent)} CPU, ${formatDuration(process.cpuMs)} in all, ${formatBytes(process.rssBytes)}`,
      context
    ),
    ...field('exec id', process.execId, context)
  ]
}

const leaderOf = ({ phase }: NodeState): Identity | undefined => (phase.phase === 'running' ? phase.leader : undefined)

/** Which program that is, where it came from, what it may do. */
function aboutExecution(identity: Identity | undefined, facts: Facts, context: TextContext): Line[] {
  const details = identity === undefined ? undefined : factsOf(facts, identity).details
  if (details === undefined) return []
  return [heading(`EXECUTION of ${details.pid}`), ...executionFields(details).flatMap(([label, value]) => field(label, value, context))]
}

function aboutNode(node: NodeState, context: TextContext): Line[] {
  const { description, phase } = node
  const standing = standingOf(node, context.now)
  const sign = context.look.glyphs.signs[standing.sign]
  const since =
    phase.phase === 'running' ? `, up ${formatDuration(context.now - Date.parse(phase.since))} since ${clockTime(phase.since)}` : ''
  const note = standing.note === '' ? '' : ` (${standing.note})`
  return [
    heading(`${description.kind.toUpperCase()} ${description.name}`),
    ...field('state', `${sign} ${standing.word}${note}${since}`, context, standing.tone),
    ...field('command', description.argv.join(' '), context, 'strong'),
    ...field('folder', description.cwd, context),
    ...field('user', description.user ?? 'as the supervisor', context),
    ...leaderFields(node, context),
    ...(description.after.length === 0 ? [] : field('after', description.after.join(', '), context)),
    ...(node.health === undefined
      ? []
      : field('health', node.health.healthy ? 'healthy' : `${node.health.failures} failures: ${node.health.detail}`, context)),
    ...field(
      'restarts',
      `${node.restarts}${node.droppedLines > 0 ? `; ${node.droppedLines} lines of output lost for want of room` : ''}`,
      context
    )
  ]
}

function leaderFields(node: NodeState, context: TextContext): Line[] {
  if (node.phase.phase !== 'running') return []
  const { leader, since, containment } = node.phase
  const process = node.sample?.processes.find((candidate) => sameProcess(candidate, leader))
  return [
    ...field(
      'leader',
      `pid ${leader.pid}, started ${clockTime(since)} (${tickOf(leader.startTime)}), held together by ${containment}`,
      context
    ),
    ...(process === undefined ? [] : field('exec id', process.execId, context))
  ]
}

function history(state: SupervisorState, name: string, node: NodeState, context: TextContext): Line[] {
  const { budget, lastExit } = node
  const left = `${Math.max(0, budget.limit - budget.uses)} of ${budget.limit} starts left`
  const refill = budget.refillsAt === undefined ? '' : `; the next comes back in ${formatLeft(Date.parse(budget.refillsAt) - context.now)}`
  const receipts = state.receipts
    .filter((receipt) => receipt.node === name)
    .slice(-RECEIPTS)
    .reverse()
  return [
    heading('RESPAWNS AND STOPS'),
    ...field('budget', left + refill, context, budget.uses >= budget.limit && isAlive(node) ? 'warn' : 'plain'),
    ...(lastExit === undefined
      ? []
      : field('last exit', `${describeExit(lastExit)} at ${clockTime(lastExit.at)} after ${formatDuration(lastExit.uptimeMs)}`, context)),
    ...receipts.flatMap((receipt) => field(`receipt ${receipt.id}`, `${clockTime(receipt.openedAt)} ${describeReceipt(receipt)}`, context))
  ]
}
