import { wrap } from '../format/width.ts'
import type { Group } from '../keymap.ts'
import { spokenKey } from '../keys/names.ts'
import type { Line, Sign } from '../theme.ts'
import { FILTER_HELP } from '../view/filter-fields.ts'
import type { PaneContext } from './content.ts'
import { field, heading, paragraph, sections } from './text.ts'

const GROUPS: readonly Group[] = ['MOVE', 'FIND', 'ACT', 'SEE', 'LEAVE']
const KEYS = 16

const SIGNS: readonly (readonly [Sign, string])[] = [
  ['running', 'running'],
  ['observed', 'observed only'],
  ['near', 'at three quarters of a limit, or more'],
  ['over', 'over a limit, or unhealthy'],
  ['starting', 'starting, or not ready'],
  ['waiting', 'waits for another node'],
  ['stopping', 'being stopped'],
  ['stuck', 'would not die'],
  ['backing-off', 'starts again soon'],
  ['stopped', 'stopped'],
  ['failed', 'failed'],
  ['idle', 'not started'],
  ['ended', 'has just ended'],
  ['armed', 'orphan: ends when its parent dies'],
  ['acting', 'orphan: is being ended']
]

/** The help, made of the table of keys. */
export function helpLines(context: PaneContext): Line[] {
  const { glyphs } = context.look
  const groups = GROUPS.map((group) => [
    heading(group),
    ...context.keymap.bindings.filter((one) => one.group === group).flatMap((one) => actionLines(one.action, one.long, context))
  ])
  const signs = SIGNS.map(([sign, meaning]): Line => [[`  ${glyphs.signs[sign].padEnd(KEYS)}`, 'accent'], [meaning]])
  return sections(
    ...groups,
    [
      heading('THE FILTER'),
      ...paragraph(
        'Words apart by blanks, all of which must hold: text, or FIELD:VALUE, as in !user:root cap:net_raw args:"--port 80".',
        context
      ),
      ...Object.entries(FILTER_HELP).flatMap(([name, about]) => field(`${name}:`, about, context, 'plain', KEYS))
    ],
    [
      heading('THE COLUMNS'),
      ...paragraph('CPU% of one CPU, of the whole tree. OF LIMIT: growth of memory above the baseline, of what is allowed.', context),
      ...paragraph('LATENCY: seconds over a limit, of those allowed, then what is left before the stop.', context),
      ...paragraph('w, e: worker, extension, where there is no room for the words.', context),
      ...paragraph('BUDGET, or LEFT: starts left of those allowed, then the time until the next one comes back.', context)
    ],
    [heading('THE SIGNS'), ...signs]
  )
}

/** The keys, or the name for the palette where there are none, and what they do. */
function actionLines(action: Parameters<PaneContext['keymap']['keysOf']>[0], long: string, { keymap, columns }: PaneContext): Line[] {
  const keys = keymap.keysOf(action).map(spokenKey).join(' ') || `:${action}`
  const [first = '', ...more] = wrap(long, Math.max(8, columns - KEYS - 3))
  return [[[`  ${keys.padEnd(KEYS)}`, 'accent'], [first]], ...more.map((part): Line => [[' '.repeat(KEYS + 2)], [part]])]
}
