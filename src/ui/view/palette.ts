import type { Action, Binding, Place } from '../keymap.ts'
import type { Keymap } from '../keys/keymap-of.ts'
import { placeOfPane } from './place.ts'
import type { Dialog, Turn, ViewState } from './state.ts'

type Palette = Extract<Dialog, { readonly kind: 'palette' }>

/** Not to be asked for by name: the palette itself, and movements. */
const LEFT_OUT: ReadonlySet<Action> = new Set([
  'palette',
  'up',
  'down',
  'page-up',
  'page-down',
  'scroll-left',
  'scroll-right',
  'back',
  'interrupt'
])

/** Actions of this place whose name or explanation fits what was typed, the best first: name begins so, name holds it, explanation holds it. */
export function suggestions(typed: string, place: Place, { bindings }: Keymap): readonly Binding<Action>[] {
  const text = typed.trim().toLowerCase().replace(/^:/, '').replaceAll(' ', '-')
  const named = bindings.filter((binding) => binding.group !== 'ANSWER' && binding.places.includes(place) && !LEFT_OUT.has(binding.action))
  const rank = ({ action, long }: Binding<Action>): number => {
    if (action === text) return 0
    if (action.startsWith(text)) return 1
    return action.includes(text) ? 2 : long.toLowerCase().includes(typed.trim().toLowerCase()) ? 3 : 4
  }
  return named
    .map((binding) => ({ binding, rank: rank(binding) }))
    .filter((one) => one.rank < 4)
    .sort((a, b) => a.rank - b.rank)
    .map(({ binding }) => binding)
}

/** A key in the palette that is no text. `run` does the action as if its key had been pressed below. */
export function pressPalette(
  view: ViewState,
  dialog: Palette,
  action: Action,
  keymap: Keymap,
  run: (view: ViewState, action: Action) => Turn
): Turn {
  const list = suggestions(dialog.typed, placeOfPane(view), keymap)
  const marked = list[Math.min(dialog.marked, list.length - 1)]
  switch (action) {
    case 'up':
      return [{ ...view, dialog: { ...dialog, marked: Math.max(0, dialog.marked - 1) } }, []]
    case 'down':
      return [{ ...view, dialog: { ...dialog, marked: Math.max(0, Math.min(list.length - 1, dialog.marked + 1)) } }, []]
    case 'complete':
      return [marked === undefined ? view : { ...view, dialog: { ...dialog, typed: marked.action, marked: 0 } }, []]
    case 'accept':
      return marked === undefined ? [view, []] : run({ ...view, dialog: undefined }, marked.action)
    default:
      return [view, []]
  }
}
