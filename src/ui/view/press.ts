import type { Input } from '../input/decode.ts'
import type { Action, Place } from '../keymap.ts'
import { isText } from '../keys/keymap-of.ts'
import { placeOf } from './place.ts'
import { pressDialog, typeInDialog } from './press-dialog.ts'
import { pressPane } from './press-pane.ts'
import { pressPrompt, typeInPrompt } from './prompt.ts'
import { askQuit, stopEverything } from './quit.ts'
import type { Effect, Turn, ViewState } from './state.ts'
import type { World } from './world.ts'

export { placeOf } from './place.ts'

/** One key or one paste: the view after it, and what is to be done. Pasted text only ever fills a field. */
export function press(view: ViewState, input: Input, world: World): Turn {
  if (input.kind === 'paste')
    return allowed(
      typed(view, (text) => text + onOneLine(input.text), world),
      world
    )
  const calm: ViewState = view.notice === undefined ? view : { ...view, notice: undefined }
  const place = placeOf(view)
  const action = world.keymap.actionFor(place, input.key)
  if (action !== undefined) return allowed(perform(calm, action, world), world)
  const change = editOf(place, input.key)
  return change === undefined ? [calm, []] : allowed(typed(calm, change, world), world)
}

/** Whoever only looks on sends nothing, whatever led to it. */
const allowed = ([view, effects]: Turn, world: World): Turn => [
  view,
  world.readOnly ? effects.filter((effect) => effect.kind !== 'send') : effects
]

const onOneLine = (text: string): string =>
  text
    .slice(0, 1000)
    .replace(/\p{C}+/gu, ' ')
    .trim()

type Change = (text: string) => string

/** What a key does to the text of a field; undefined: nothing. */
function editOf(place: Place, key: string): Change | undefined {
  if (key === 'backspace') return (text) => [...text].slice(0, -1).join('')
  if (key === 'ctrl-u') return () => ''
  if (key === 'ctrl-w') return (text) => text.replace(/\S+\s*$/u, '')
  return isText(place, key) ? (text) => text + (key === 'space' ? ' ' : key) : undefined
}

function typed(view: ViewState, change: Change, world: World): Turn {
  if (view.dialog !== undefined) return typeInDialog(view, view.dialog, change, world)
  return view.prompt === undefined ? [view, []] : [typeInPrompt(view, view.prompt, change, world), []]
}

function perform(view: ViewState, action: Action, world: World): Turn {
  if (action === 'redraw') return only(view, { kind: 'redraw' })
  if (action === 'suspend') return world.canSuspend ? only(view, { kind: 'suspend' }) : [view, []]
  if (action === 'interrupt') return interrupt(view, world)
  if (view.dialog !== undefined) return pressDialog(view, view.dialog, action, world, perform)
  if (view.prompt !== undefined) return [pressPrompt(view, view.prompt, action, world), []]
  return action === 'quit' ? askQuit(view, world) : pressPane(view, action, world)
}

const only = (view: ViewState, effect: Effect): Turn => [view, [effect]]

/** Ctrl-C: first it asks as `q` does, while it asks it means yes, and once everything is being stopped it kills (terminal: keys). */
function interrupt(view: ViewState, world: World): Turn {
  if (world.attached) return askQuit(view, world)
  const stopping = view.stopsAsked > 0 || world.live.run.shutdown !== undefined
  return view.dialog?.kind === 'quit' || stopping ? stopEverything(view, world) : askQuit(view, world)
}
