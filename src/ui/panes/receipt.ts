import type { Receipt, SignalRecord } from '../../core/receipt.ts'
import { describeSource } from '../../core/source.ts'
import { describeExit, describeNext, describeReason, describeReceipt } from '../../core/stop/wording.ts'
import type { SupervisorState } from '../../store.ts'
import { tickOf } from '../format/tick.ts'
import { clockTime, formatDuration, formatSeconds } from '../format/time.ts'
import { cell, type Line, type Segment, type Tone } from '../theme.ts'
import { ledgerLines, processLines } from './tables.ts'
import { field, heading, paragraph, sections, type TextContext } from './text.ts'

export const receiptNumbered = (state: SupervisorState, id: number): Receipt | undefined =>
  state.receipts.find((receipt) => receipt.id === id)

/** One receipt as it happened: why, what was measured, each signal with its time and outcome, what was left, what came next. */
export function receiptLines(state: SupervisorState, id: number, context: TextContext): Line[] {
  const receipt = receiptNumbered(state, id)
  if (receipt === undefined) return paragraph(`Receipt ${id} is no longer kept; the event file has it.`, context)
  const { reason } = receipt
  return sections(
    [
      heading(`RECEIPT ${id}`),
      ...paragraph(describeReceipt(receipt), context, receipt.mode === 'would-stop' ? 'accent' : 'strong'),
      ...field(
        'node',
        `${receipt.node}, incarnation ${receipt.incarnation}, leader pid ${receipt.leader.pid} (${tickOf(receipt.leader.startTime)})`,
        context
      ),
      ...field('why', describeReason(reason), context, 'warn'),
      ...(reason.kind === 'limit' ? field('limit from', describeSource(reason.source, { time: clockTime }), context) : [])
    ],
    timeLine(receipt, context),
    ledgerLines('WHAT WAS MEASURED', receipt.window, context),
    processLines('THE TREE WHEN IT BEGAN', receipt.tree.map(listed), 'CPU TIME', context),
    processLines('SURVIVORS', receipt.survivors.map(listed), 'CPU TIME', context),
    receipt.diagnostics === undefined ? [] : [heading('DIAGNOSTICS'), ...diagnostics(receipt.diagnostics, context)]
  )
}

const listed = (process: Receipt['tree'][number]) => ({ ...process, cpu: formatDuration(process.cpuMs) })

const diagnostics = (text: string, context: TextContext): Line[] => text.split('\n', 200).flatMap((line) => paragraph(line, context, 'dim'))

/** `29ms`, `0.4s`, `12s`: a tree that obeys at once ends within milliseconds. */
const formatTaken = (ms: number): string => (ms > 0 && ms < 50 ? `${Math.round(ms)}ms` : formatSeconds(ms))

function timeLine(receipt: Receipt, context: TextContext): Line[] {
  const began = Date.parse(receipt.openedAt)
  const moment = (time: string, text: string, tone: Tone = 'plain'): Line => {
    const after: Segment = cell(context.look, `+${formatTaken(Math.max(0, Date.parse(time) - began))}`, 8, 'dim', 'right')
    return [['  '], cell(context.look, clockTime(time), 9, 'dim'), after, ['  '], [text, tone]]
  }
  const closed = receipt.closedAt
  const took = receipt.durationMs === undefined ? '' : ` after ${formatTaken(receipt.durationMs)}`
  return [
    heading('WHAT HAPPENED'),
    moment(receipt.openedAt, receipt.mode === 'would-stop' ? 'the stop would have begun here' : 'the stop began'),
    ...receipt.signals.map((record) => moment(record.time, signalText(record), toneOfOutcome(record))),
    ...(closed === undefined
      ? []
      : [moment(closed, receipt.exit === undefined ? `closed${took}` : `${describeExit(receipt.exit)}${took}`)]),
    ...(closed !== undefined && receipt.survivors.length > 0 ? [moment(closed, `${receipt.survivors.length} survived`, 'alarm')] : []),
    ...(closed === undefined ? field('', 'still open', context, 'warn') : []),
    ...(receipt.next === undefined ? [] : field('next', describeNext(receipt.next), context, 'accent'))
  ]
}

const OUTCOMES = {
  sent: 'sent',
  gone: 'was gone already',
  denied: 'denied',
  recycled: 'not sent: the pid belongs to another process',
  'left-out': 'left out',
  'would-send': 'would have been sent'
} as const

function signalText({ signal, target, pid, outcome, detail }: SignalRecord): string {
  return `${signal} to ${target} ${pid}: ${OUTCOMES[outcome]}${detail === undefined ? '' : ` (${detail})`}`
}

const toneOfOutcome = ({ outcome }: SignalRecord): Tone =>
  outcome === 'sent' ? 'plain' : outcome === 'denied' || outcome === 'recycled' ? 'alarm' : 'dim'

/** One line of the list of receipts. */
export function receiptRow(receipt: Receipt, selected: boolean, { look, columns }: TextContext): Line {
  const tone: Tone = receipt.closedAt === undefined ? 'warn' : receipt.reason.kind === 'limit' ? 'stop' : 'plain'
  return [
    [selected ? look.glyphs.marker : ' ', 'accent'],
    cell(look, String(receipt.id), 5, 'dim', 'right'),
    cell(look, ` ${clockTime(receipt.openedAt)} `, 10, 'dim'),
    cell(look, describeReceipt(receipt), Math.max(0, columns - 17), tone)
  ]
}
