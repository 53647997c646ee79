import { formatPercent } from '../format/percent.ts'
import { formatBytes } from '../format/size.ts'
import { formatDuration, formatLeft } from '../format/time.ts'
import { askerOf, termsOf } from '../panes/pair.ts'
import { pressureOf } from '../view/pressure.ts'
import type { NodeRow, ProcessRow, Row } from '../view/row.ts'
import { isAlive, standingOf } from '../view/standing.ts'
import { PROCESS_STATES } from '../view/subject.ts'
import { leaderOf } from '../view/target.ts'

/** A row as a sentence: everything that its columns, signs and colours say. `now` is the wall clock, ms. */
export function rowSentence(row: Row, now: number): string {
  switch (row.kind) {
    case 'node':
      return nodeSentence(row, now)
    case 'process':
      return processSentence(row, now)
    case 'branch':
      return `supervisor ${row.name}, ${row.nodes.filter(isAlive).length} of ${row.nodes.length} nodes running${foldWord(row)}`
    case 'orphans':
      return `orphans${row.label === undefined ? '' : ` of ${row.label}`}, ${row.orphans.armed + row.orphans.acting} registered, ${row.orphans.parents} parents${foldWord(row)}`
    case 'orphan': {
      const { child, childCommand, parent, parentCommand, standing } = row.pair
      const state = standing.kind === 'armed' ? 'armed' : `being ended, receipt ${standing.receipt}`
      return `orphan ${childCommand}, pid ${child.pid}, ${state}, ends when ${parent.pid} ${parentCommand} dies, by ${termsOf(row.pair)}, for ${askerOf(row.pair)}`
    }
    case 'more':
      return `and ${row.count} more orphans`
  }
}

const foldWord = ({ fold }: Pick<Row, 'fold'>): string => (fold === 'none' ? '' : `, ${fold}`)

function nodeSentence(row: NodeRow, now: number): string {
  const { node, name, ended } = row
  if (ended !== undefined) return `${node.description.kind} ${name}, ${ended.how} ${formatDuration(now - ended.at)} ago`
  const { word, note } = standingOf(node, now)
  const leader = leaderOf(node)
  const pressure = pressureOf(node, now)
  const { uses, limit } = node.budget
  return (
    [
      `${node.description.kind} ${name}`,
      note === '' || note.startsWith(word) ? note || word : `${word}: ${note}`,
      ...(leader === undefined ? [] : [`pid ${leader.pid}`]),
      ...(node.sample === undefined || !isAlive(node)
        ? []
        : [`CPU ${formatPercent(node.sample.cpuPercent)} percent of one`, `memory ${formatBytes(node.sample.rssBytes)}`]),
      ...(pressure === undefined
        ? []
        : [`grown by ${formatBytes(pressure.growthBytes)} of ${formatBytes(pressure.memoryLimitBytes)} allowed`]),
      ...(pressure?.leftMs === undefined
        ? []
        : [`over its ${pressure.rule === 'cpu' ? 'CPU' : 'memory'} limit, stopped in ${formatLeft(pressure.leftMs)}`]),
      `${Math.max(0, limit - uses)} of ${limit} starts left`,
      ...(node.phase.phase === 'running' ? [`up ${formatDuration(now - Date.parse(node.phase.since))}`] : [])
    ].join(', ') + foldWord(row)
  )
}

function processSentence(row: ProcessRow, now: number): string {
  const { process, name, guide, ended } = row
  const head = `process ${process.command}, of ${name}, pid ${process.pid}`
  if (ended !== undefined) return `${head}, ${ended.how} ${formatDuration(now - ended.at)} ago`
  const level = guide.length === 0 ? '' : `, level ${guide.length}`
  const state = PROCESS_STATES[process.state] ?? `state ${process.state}`
  return `${head}${level}, ${state}, CPU ${formatPercent(process.cpuPercent)} percent, memory ${formatBytes(process.rssBytes)}${foldWord(row)}`
}
