import type { Action } from '../keymap.ts'
import { contentLines, paneHeight } from '../panes/content.ts'
import { THEME_NAMES, type ThemeName } from '../theme/tones.ts'
import { actOnRows } from './act.ts'
import { copied } from './copy.ts'
import { moved } from './move.ts'
import { pressLogs } from './press-logs.ts'
import { pressTree } from './press-tree.ts'
import { openPane, refuse, replacePane, type Turn, tell, topPane, type ViewState } from './state.ts'
import type { World } from './world.ts'

/** A key in a pane, without a dialog over it. */
export function pressPane(view: ViewState, action: Action, world: World): Turn {
  switch (action) {
    case 'help':
      return [openPane(view, { kind: 'help', top: 0 }), []]
    case 'run':
      return [openPane(view, { kind: 'run', top: 0 }), []]
    case 'checks':
      return [openPane(view, { kind: 'checks', top: 0 }), []]
    case 'pause':
      return [{ ...view, paused: !view.paused }, []]
    case 'palette':
      return [{ ...view, dialog: { kind: 'palette', typed: '', marked: 0 } }, []]
    case 'reload':
      return askReload(view, world)
    case 'theme-default':
    case 'theme-high-contrast':
    case 'theme-monochrome':
      return [inTheme(view, action, world), []]
    case 'copy':
      return copied(view, world)
    default:
      return actOnRows(view, action, world) ?? [inPane(view, action, world), []]
  }
}

function inTheme(view: ViewState, action: `theme-${ThemeName}`, { look }: World): ViewState {
  const theme = THEME_NAMES.find((name) => `theme-${name}` === action)
  if (!look.color) return refuse(view, 'no colours are shown here: NO_COLOR, TERM=dumb or --no-color')
  return tell({ ...view, theme }, `theme ${theme ?? 'default'}`)
}

/** What would change is shown before anything does. */
function askReload(view: ViewState, { readOnly }: World): Turn {
  if (readOnly) return [refuse(view, 'read only: no commands are sent from here'), []]
  return [{ ...view, dialog: { kind: 'reload', answer: { kind: 'asked' } } }, [{ kind: 'ask', query: { type: 'reload-difference' } }]]
}

function inPane(view: ViewState, action: Action, world: World): ViewState {
  const pane = topPane(view)
  if (pane.kind === 'tree') return pressTree(view, action, world)
  if (pane.kind === 'logs') return pressLogs(view, pane, action, world)
  if (action === 'back') return { ...view, panes: view.panes.slice(0, -1) }
  return pane.kind === 'receipts' ? pressReceipts(view, pane, action, world) : scroll(view, pane, action, world)
}

type TextPane = Extract<ReturnType<typeof topPane>, { readonly top: number }>

function scroll(view: ViewState, pane: TextPane, action: Action, world: World): ViewState {
  const height = paneHeight(view)
  const context = { look: world.look, columns: view.size.columns, now: world.now, keymap: world.keymap, facts: world.facts }
  const furthest = Math.max(0, contentLines(pane, world.shown, context).length - height)
  const top = moved(Math.min(pane.top, furthest), action, height, furthest)
  return replacePane(view, { ...pane, top })
}

type ReceiptsPane = Extract<ReturnType<typeof topPane>, { readonly kind: 'receipts' }>

/** Receipts of this pane, newest first. */
export const listedReceipts = (pane: ReceiptsPane, state: World['shown']) =>
  state.receipts.filter((receipt) => pane.node === undefined || receipt.node === pane.node).toReversed()

function pressReceipts(view: ViewState, pane: ReceiptsPane, action: Action, world: World): ViewState {
  const receipts = listedReceipts(pane, world.shown)
  const at = Math.max(
    0,
    receipts.findIndex((receipt) => receipt.id === pane.selected)
  )
  if (action === 'open') {
    const receipt = receipts[at]
    return receipt === undefined ? view : openPane(view, { kind: 'receipt', id: receipt.id, top: 0 })
  }
  const next = receipts[moved(at, action, paneHeight(view), receipts.length - 1)]
  return replacePane(view, { ...pane, selected: next?.id })
}
