import type { OrphanPair } from '../../core/queries.ts'
import type { SupervisorState } from '../../store.ts'
import { tickOf } from '../format/tick.ts'
import { clockTime, formatDuration, formatSpan } from '../format/time.ts'
import type { Line } from '../theme.ts'
import { pairKey, type RowKey } from '../view/row.ts'
import { supervisorOf } from '../view/target.ts'
import { field, heading, paragraph, type TextContext } from './text.ts'

/** `SIGTERM, 4s, KILL`. */
export const termsOf = ({ signal, graceMs }: Pick<OrphanPair, 'signal' | 'graceMs'>): string =>
  signal === 'SIGKILL' ? 'SIGKILL' : `${signal}, ${formatSpan(graceMs)}, KILL`

/** `uid 1000 agent (5100)`; who came through the control socket is named with uid and process already: `alice (uid 1000, process 5100)`. */
export const askerOf = ({ uid, by }: Pick<OrphanPair, 'uid' | 'by'>): string => {
  if (by.command.includes(`(uid ${uid}, `)) return by.command
  const who = [by.command, by.pid === 0 ? '' : `(${by.pid})`].filter((part) => part !== '').join(' ')
  return who === '' ? `uid ${uid}` : `uid ${uid} ${who}`
}

/** All about one registered pair. */
export function pairLines(state: SupervisorState, key: RowKey, context: TextContext): Line[] {
  const pair = state.orphans.pairs.find((candidate) => pairKey(candidate) === key)
  if (pair === undefined) return paragraph('This pair is no longer registered: its child has ended, or it was unregistered.', context)
  const { parent, child, standing } = pair
  const supervisor = supervisorOf(pair, state)
  const signs = context.look.glyphs.signs
  const [sign, said] =
    standing.kind === 'armed'
      ? [signs.armed, 'armed: waits for the end of the parent']
      : [signs.acting, `acting: receipt ${standing.receipt}`]
  return [
    heading(`ORPHAN ${child.pid}`),
    ...field('state', `${sign} ${said}`, context, standing.kind === 'armed' ? 'good' : 'warn'),
    ...(supervisor === undefined ? [] : field('supervisor', supervisor, context)),
    ...field('child', `${child.pid} ${pair.childCommand || 'command unknown'} (${tickOf(child.startTime)})`, context, 'strong'),
    ...field('parent', `${parent.pid} ${pair.parentCommand || 'command unknown'} (${tickOf(parent.startTime)})`, context),
    ...field('then', `${termsOf(pair)}, to ${pair.scope === 'tree' ? 'the child and its descendants' : 'the child alone'}`, context),
    ...field('asked by', askerOf(pair), context),
    ...field('since', `${clockTime(pair.since)}, ${formatDuration(context.now - Date.parse(pair.since))} ago`, context),
    ...field('noticed by', pair.deaths === 'events' ? 'the kernel tells of the death at once' : 'looking every now and then', context)
  ]
}
