import type { SignalName } from '../../core/settings.ts'
import { EDIT_FIELDS, LIMIT_EDITORS, limitValue } from '../edit/fields.ts'
import type { Action } from '../keymap.ts'
import { leave, stopEverything } from './quit.ts'
import { nodeNamed } from './rows.ts'
import type { Dialog, EditField, Turn, ViewState } from './state.ts'
import { refusal } from './target.ts'
import { BY, type World } from './world.ts'

export const SIGNALS: readonly SignalName[] = [
  'SIGTERM',
  'SIGINT',
  'SIGHUP',
  'SIGQUIT',
  'SIGKILL',
  'SIGUSR1',
  'SIGUSR2',
  'SIGSTOP',
  'SIGCONT'
]

export const QUIT_CHOICES = ['stop', 'keep-running', 'cancel'] as const

type Of<K extends Dialog['kind']> = Extract<Dialog, { readonly kind: K }>

/** A key while a dialog shows. */
export function pressDialog(view: ViewState, dialog: Dialog, action: Action, world: World): Turn {
  if (action === 'cancel') return [closed(view), []]
  switch (dialog.kind) {
    case 'signals':
      return pressSignals(view, dialog, action, world)
    case 'confirm':
      return action === 'accept' ? confirmed(view, dialog, world) : [view, []]
    case 'limits':
      return pressLimits(view, dialog, action, world)
    case 'quit':
      return pressQuit(view, dialog, action, world)
  }
}

const closed = (view: ViewState): ViewState => ({ ...view, dialog: undefined })

/** The entry before or after `present`, at the ends it stays. */
function neighbour<T>(entries: readonly T[], present: T, action: Action): T {
  const step = action === 'up' ? -1 : action === 'down' ? 1 : 0
  return entries[Math.min(entries.length - 1, Math.max(0, entries.indexOf(present) + step))] ?? present
}

function pressSignals(view: ViewState, dialog: Of<'signals'>, action: Action, world: World): Turn {
  if (action !== 'accept') return [{ ...view, dialog: { ...dialog, signal: neighbour(SIGNALS, dialog.signal, action) } }, []]
  // what no longer is the same stays on the screen with the reason, and only Esc leads out
  if (refusal(dialog.target, world.live, 'process') !== undefined) return [view, []]
  const { identity, name } = dialog.target
  const command = { type: 'signal', target: identity, signal: dialog.signal, by: BY } as const
  return [closed(view), [{ kind: 'send', command, done: `${dialog.signal} sent to ${identity.pid} ${name}` }]]
}

function confirmed(view: ViewState, { verb, target }: Of<'confirm'>, world: World): Turn {
  if (refusal(target, world.live, 'node') !== undefined) return [view, []]
  return [closed(view), [{ kind: 'send', command: { type: verb, node: target.node, by: BY }, done: `${verb} of ${target.node} asked for` }]]
}

function pressQuit(view: ViewState, dialog: Of<'quit'>, action: Action, world: World): Turn {
  if (action === 'choose-stop') return stopEverything(view, world)
  if (action === 'choose-leave') return leave(view)
  if (action !== 'accept') return [{ ...view, dialog: { ...dialog, choice: neighbour(QUIT_CHOICES, dialog.choice, action) } }, []]
  if (dialog.choice === 'stop') return stopEverything(view, world)
  return dialog.choice === 'keep-running' ? leave(view) : [closed(view), []]
}

function pressLimits(view: ViewState, dialog: Of<'limits'>, action: Action, world: World): Turn {
  const node = nodeNamed(world.live, dialog.node)
  if (node === undefined) return [view, []]
  const editor = LIMIT_EDITORS[dialog.field]
  const value = dialog.typed === undefined ? limitValue(node, dialog.field) : editor.read(dialog.typed)
  if (action === 'lower' || action === 'raise') {
    if (value === undefined) return [view, []]
    const nudged = editor.nudge(value, action === 'raise' ? 1 : -1, world.live.run.intervalMs)
    return [{ ...view, dialog: { ...dialog, typed: editor.write(nudged) } }, []]
  }
  if (action !== 'accept') {
    const field: EditField = neighbour(EDIT_FIELDS, dialog.field, action)
    return [{ ...view, dialog: { ...dialog, field, typed: field === dialog.field ? dialog.typed : undefined } }, []]
  }
  if (value === undefined) return [view, []]
  if (value === limitValue(node, dialog.field)) return [closed(view), []]
  const command = { type: 'set-limit', node: dialog.node, field: dialog.field, value, by: BY } as const
  return [closed(view), [{ kind: 'send', command, done: `${editor.label} limit of ${dialog.node} is ${editor.write(value)} now` }]]
}

/** Longer values mean nothing. */
const LONGEST = 20

/** Text typed or pasted into the field of a dialog; anywhere else it means nothing. */
export function typeText(view: ViewState, text: string): ViewState {
  const clean = text.slice(0, LONGEST).replace(/[^0-9A-Za-z.% ]/g, '')
  return edit(view, (typed) => `${typed ?? ''}${clean}`.slice(0, LONGEST))
}

/** A key that is no action in the field of a dialog: a character, or one that takes characters away. */
export function typeKey(view: ViewState, key: string, { live }: World): ViewState {
  if (key === 'ctrl-u') return edit(view, () => '')
  if (key === 'backspace') return edit(view, (typed, dialog) => (typed ?? written(dialog, live)).slice(0, -1))
  if (key === 'space') return typeText(view, ' ')
  return [...key].length === 1 ? typeText(view, key) : view
}

const written = (dialog: Of<'limits'>, live: World['live']): string => {
  const node = nodeNamed(live, dialog.node)
  return node === undefined ? '' : LIMIT_EDITORS[dialog.field].write(limitValue(node, dialog.field))
}

function edit(view: ViewState, change: (typed: string | undefined, dialog: Of<'limits'>) => string): ViewState {
  const { dialog } = view
  return dialog?.kind === 'limits' ? { ...view, dialog: { ...dialog, typed: change(dialog.typed, dialog) } } : view
}
