import { type Binding, KEYMAP, type Place, spokenKey } from '../keymap.ts'
import type { Line, Sign } from '../theme.ts'
import { heading, paragraph, sections, type TextContext } from './text.ts'

const GROUPS: readonly { readonly title: string; readonly actions: readonly Binding['action'][] }[] = [
  { title: 'MOVE', actions: ['up', 'down', 'page-up', 'page-down', 'first', 'last', 'fold', 'unfold', 'fold-all', 'flat', 'open', 'back'] },
  { title: 'ACT', actions: ['signal', 'stop', 'start', 'restart', 'limits', 'lower', 'raise', 'observe'] },
  { title: 'SEE', actions: ['logs', 'receipts', 'run', 'pause', 'redraw', 'help'] },
  { title: 'LEAVE', actions: ['quit', 'interrupt', 'suspend'] }
]

/** Keys that mean this, spoken, each once; those of dialogs are shown by the dialogs. */
function keysOf(action: Binding['action']): string {
  const inDialogs: readonly Place[] = ['confirm', 'signals', 'quit']
  const bindings = KEYMAP.filter((binding) => binding.action === action && !binding.places.every((place) => inDialogs.includes(place)))
  return [...new Set(bindings.flatMap((binding) => binding.keys))].map(spokenKey).join(' ')
}

const SIGNS: readonly (readonly [Sign, string])[] = [
  ['running', 'running'],
  ['observed', 'observed only'],
  ['over', 'over a limit, or unhealthy'],
  ['starting', 'starting, or not ready'],
  ['waiting', 'waits for another node'],
  ['stopping', 'being stopped'],
  ['stuck', 'would not die'],
  ['backing-off', 'starts again soon'],
  ['stopped', 'stopped'],
  ['failed', 'failed'],
  ['idle', 'not started']
]

/** The help, made of the table of keys. */
export function helpLines(context: TextContext): Line[] {
  const { glyphs } = context.look
  const groups = GROUPS.map(({ title, actions }) => [
    heading(title),
    ...actions.map((action): Line => {
      const binding = KEYMAP.find((candidate) => candidate.action === action)
      return [[`  ${keysOf(action).padEnd(13)}`, 'accent'], [binding?.long ?? '']]
    })
  ])
  const signs = SIGNS.map(([sign, meaning]): Line => [[`  ${glyphs.signs[sign]}            `, 'accent'], [meaning]])
  return sections(
    ...groups,
    [
      heading('THE COLUMNS'),
      ...paragraph('CPU% of one CPU, of the whole tree. OF LIMIT: growth of memory above the baseline, of what is allowed.', context),
      ...paragraph('LATENCY: seconds over a limit, of those allowed, then what is left before the stop.', context),
      ...paragraph('BUDGET: starts left of those allowed, then the time until the next one comes back.', context)
    ],
    [heading('THE SIGNS'), ...signs]
  )
}
