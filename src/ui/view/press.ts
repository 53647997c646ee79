import type { Input } from '../input/decode.ts'
import { type Action, actionFor, type Place } from '../keymap.ts'
import { pressDialog, typeKey, typeText } from './press-dialog.ts'
import { pressPane } from './press-pane.ts'
import { askQuit, stopEverything } from './quit.ts'
import { type Effect, type Turn, topPane, type ViewState } from './state.ts'
import type { World } from './world.ts'

const PLACES: Readonly<Record<ReturnType<typeof topPane>['kind'], Place>> = {
  tree: 'tree',
  detail: 'detail',
  logs: 'logs',
  receipts: 'receipts',
  receipt: 'text',
  help: 'text',
  run: 'text'
}

/** Where the next key goes. */
export const placeOf = (view: ViewState): Place => view.dialog?.kind ?? PLACES[topPane(view).kind]

/** One key or one paste: the view after it, and what is to be done. Pasted text only ever fills a field. */
export function press(view: ViewState, input: Input, world: World): Turn {
  if (input.kind === 'paste') return [typeText(view, input.text), []]
  const place = placeOf(view)
  const action = actionFor(place, input.key)
  const calm: ViewState = view.notice === undefined ? view : { ...view, notice: undefined }
  if (action === undefined) return [place === 'limits' ? typeKey(calm, input.key, world) : calm, []]
  const [next, effects] = perform(calm, action, world)
  return [next, world.readOnly ? effects.filter((effect) => effect.kind !== 'send') : effects]
}

function perform(view: ViewState, action: Action, world: World): Turn {
  if (action === 'redraw') return only(view, { kind: 'redraw' })
  if (action === 'suspend') return world.canSuspend ? only(view, { kind: 'suspend' }) : [view, []]
  if (action === 'interrupt') return interrupt(view, world)
  if (action === 'quit') return askQuit(view, world)
  return view.dialog === undefined ? pressPane(view, action, world) : pressDialog(view, view.dialog, action, world)
}

const only = (view: ViewState, effect: Effect): Turn => [view, [effect]]

/** Ctrl-C: first it asks as `q` does, while it asks it means yes, and once everything is being stopped it kills (terminal: keys). */
function interrupt(view: ViewState, world: World): Turn {
  const stopping = view.stopsAsked > 0 || world.live.run.shutdown !== undefined
  return view.dialog?.kind === 'quit' || stopping ? stopEverything(view, world) : askQuit(view, world)
}
