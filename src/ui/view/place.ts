import type { Place } from '../keymap.ts'
import { topPane, type ViewState } from './state.ts'

const PLACES: Readonly<Record<ReturnType<typeof topPane>['kind'], Place>> = {
  tree: 'tree',
  detail: 'detail',
  logs: 'logs',
  receipts: 'receipts',
  receipt: 'text',
  pair: 'text',
  checks: 'text',
  help: 'text',
  run: 'text'
}

/** Of the pane, whatever lies over it. */
export const placeOfPane = (view: ViewState): Place => PLACES[topPane(view).kind]

/** Where the next key goes. */
export function placeOf(view: ViewState): Place {
  if (view.dialog !== undefined) return view.dialog.kind === 'pairs' ? 'confirm' : view.dialog.kind
  if (view.prompt === undefined) return placeOfPane(view)
  return view.prompt.kind === 'find' ? 'search' : view.prompt.kind
}
