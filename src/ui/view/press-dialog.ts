import type { Command } from '../../core/commands.ts'
import type { SignalName } from '../../core/settings.ts'
import type { Action } from '../keymap.ts'
import { closed, neighbour } from './choose.ts'
import { pressPalette } from './palette.ts'
import { pressLimits, written } from './press-limits.ts'
import { leave, stopEverything } from './quit.ts'
import { pressRegister, typeInRegister } from './register.ts'
import { SORT_KEYS } from './sort.ts'
import type { Dialog, Turn, ViewState } from './state.ts'
import { refusal, refusalOfPair, sift } from './target.ts'
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
type Perform = (view: ViewState, action: Action, world: World) => Turn

/** A key while a dialog shows; `perform` does what the palette names. */
export function pressDialog(view: ViewState, dialog: Dialog, action: Action, world: World, perform: Perform): Turn {
  if (action === 'cancel') return [closed(view), []]
  switch (dialog.kind) {
    case 'signals':
      return pressSignals(view, dialog, action, world)
    case 'confirm':
      return action === 'accept' ? confirmed(view, dialog, world) : [view, []]
    case 'pairs':
      return action === 'accept' ? confirmedPairs(view, dialog, world) : [view, []]
    case 'limits':
      return pressLimits(view, dialog, action, world)
    case 'quit':
      return pressQuit(view, dialog, action, world)
    case 'sort':
      return pressSort(view, dialog, action)
    case 'reload':
      return action === 'accept' ? reload(view, dialog) : [view, []]
    case 'register':
      return pressRegister(view, dialog, action, world)
    case 'palette':
      return pressPalette(view, dialog, action, world.keymap, (next, named) => perform(next, named, world))
  }
}

/** Closes the dialog and untags what it was done to. */
const sent = (view: ViewState, commands: readonly Command[], done: string): Turn => [
  { ...closed(view), tags: new Map() },
  [{ kind: 'send', commands, done }]
]

function pressSignals(view: ViewState, dialog: Of<'signals'>, action: Action, world: World): Turn {
  if (action !== 'accept') return [{ ...view, dialog: { ...dialog, signal: neighbour(SIGNALS, dialog.signal, action) } }, []]
  const { signal } = dialog
  const { able } = sift(dialog.targets, (target) => refusal(target, world.live, 'process'))
  const [first] = able
  // what no longer is the same stays on the screen with the reason, and only Esc leads out
  if (first === undefined) return [view, []]
  const whom = able.length === 1 ? `${first.identity.pid} ${first.name}` : `${able.length} processes`
  return sent(
    view,
    able.map(({ identity }) => ({ type: 'signal', target: identity, signal, by: BY })),
    `${signal} sent to ${whom}`
  )
}

function confirmed(view: ViewState, { verb, targets }: Of<'confirm'>, world: World): Turn {
  const { able } = sift(targets, (target) => refusal(target, world.live, 'node'))
  if (able.length === 0) return [view, []]
  const names = able.map(({ node }) => node).join(', ')
  if (verb === 'act') {
    const commands = able.map(({ node }) => ({ type: 'observe', node, observe: false, by: BY }) as const)
    return sent(view, commands, `limits act on ${names} again`)
  }
  return sent(
    view,
    able.map(({ node }) => ({ type: verb, node, by: BY })),
    `${verb} of ${names} asked for`
  )
}

function confirmedPairs(view: ViewState, { verb, pairs }: Of<'pairs'>, world: World): Turn {
  const { able } = sift(pairs, (pair) => refusalOfPair(pair, world.live))
  if (able.length === 0) return [view, []]
  const { uid } = world
  const commands = able.map(
    ({ parent, child }): Command =>
      verb === 'unregister'
        ? {
            type: 'unregister',
            parent: parent.pid,
            child: child.pid,
            expect: { parentStart: parent.startTime, childStart: child.startTime },
            uid,
            by: BY
          }
        : { type: 'end-orphan', child, uid, by: BY }
  )
  const whom = able.map(({ child }) => child.pid).join(', ')
  return sent(view, commands, verb === 'unregister' ? `${whom} unregistered` : `${whom} is being ended`)
}

function pressQuit(view: ViewState, dialog: Of<'quit'>, action: Action, world: World): Turn {
  if (action === 'choose-stop') return stopEverything(view, world)
  if (action === 'choose-leave') return leave(view)
  if (action !== 'accept') return [{ ...view, dialog: { ...dialog, choice: neighbour(QUIT_CHOICES, dialog.choice, action) } }, []]
  if (dialog.choice === 'stop') return stopEverything(view, world)
  return dialog.choice === 'keep-running' ? leave(view) : [closed(view), []]
}

function pressSort(view: ViewState, dialog: Of<'sort'>, action: Action): Turn {
  if (action !== 'accept') return [{ ...view, dialog: { ...dialog, choice: neighbour(SORT_KEYS, dialog.choice, action) } }, []]
  return [{ ...closed(view), sort: { by: dialog.choice, inverted: false } }, []]
}

/** Only what was shown is done: without the difference there is nothing to agree to. */
const reload = (view: ViewState, { answer }: Of<'reload'>): Turn =>
  answer.kind === 'told'
    ? [closed(view), [{ kind: 'send', commands: [{ type: 'reload', by: BY }], done: 'configuration read again' }]]
    : [view, []]

/** Longer values of a limit mean nothing. */
const LONGEST_LIMIT = 20
const LONGEST_COMMAND = 64

/** What was typed changes the field of the dialog, if it has one. */
export function typeInDialog(view: ViewState, dialog: Dialog, change: (text: string) => string, world: World): Turn {
  switch (dialog.kind) {
    case 'limits': {
      const isErasing = change('x').length < 2
      const text = change(dialog.typed ?? (isErasing ? written(dialog, world.live) : ''))
      return [{ ...view, dialog: { ...dialog, typed: text.replace(/[^0-9A-Za-z.% ]/g, '').slice(0, LONGEST_LIMIT) } }, []]
    }
    case 'palette':
      return [{ ...view, dialog: { ...dialog, typed: change(dialog.typed).slice(0, LONGEST_COMMAND), marked: 0 } }, []]
    case 'register':
      return typeInRegister(view, dialog, change, world)
    default:
      return [view, []]
  }
}
