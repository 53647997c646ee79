import type { SupervisorEvent } from '../../core/events.ts'
import type { SupervisorState } from '../../store.ts'
import { safe } from '../format/safe.ts'
import { clockTime } from '../format/time.ts'
import { widthOf, wrap } from '../format/width.ts'
import type { Line, Look } from '../theme.ts'
import { type Told, toldEvents } from '../words/events.ts'

/** No event takes more lines than this. */
const MOST_LINES = 3

/** The newest events that fit, oldest first, long ones wrapped. Of several supervisors each is named where no node is. */
export function eventLines(
  { events, orphans }: Pick<SupervisorState, 'events' | 'orphans'>,
  look: Look,
  columns: number,
  height: number
): Line[] {
  const lines: Line[] = []
  const told = toldEvents(events)
  const isOfSeveral = orphans.branches !== undefined
  for (let index = told.length - 1; index >= 0; index--) {
    const entry = told[index]
    if (entry === undefined) break
    const whose = entry.event.node ?? (isOfSeveral ? entry.event.host : undefined)
    const more = oneEvent(entry.event, entry.told, whose, look, columns)
    if (lines.length + more.length > height && lines.length > 0) break
    lines.unshift(...more)
  }
  return lines.slice(0, height)
}

function oneEvent(event: SupervisorEvent, told: Told, whose: string | undefined, look: Look, columns: number): Line[] {
  const head = ` ${clockTime(event.time)} `
  const sign = `${look.glyphs.signs[told.sign]} `
  const node = whose === undefined ? '' : `${whose} `
  const indent = head.length + widthOf(sign)
  const receipt = told.receipt === undefined ? '' : `  receipt ${told.receipt}`
  const text = safe(`${node}${told.text}${receipt}`, look.ascii)
  const wrapped = wrap(text, columns - indent - 1, MOST_LINES)
  return wrapped.map((part, index): Line => {
    if (index > 0) return [[' '.repeat(indent)], [part, toneOfText(told)]]
    const named = part.slice(0, node.length)
    return [
      [head, 'dim'],
      [sign, told.tone],
      [named, 'strong'],
      [part.slice(node.length), toneOfText(told)]
    ]
  })
}

const toneOfText = (told: Told) => (told.tone === 'alarm' ? 'stop' : told.tone === 'warn' ? 'warn' : 'plain')
