import type { Action } from '../keymap.ts'
import { contentLines, paneHeight } from '../panes/content.ts'
import { actOnNode } from './act.ts'
import { moved } from './move.ts'
import { pressLogs } from './press-logs.ts'
import { pressTree } from './press-tree.ts'
import { openPane, replacePane, type Turn, topPane, type ViewState } from './state.ts'
import type { World } from './world.ts'

/** A key in a pane, without a dialog over it. */
export function pressPane(view: ViewState, action: Action, world: World): Turn {
  if (action === 'help') return [openPane(view, { kind: 'help', top: 0 }), []]
  if (action === 'run') return [openPane(view, { kind: 'run', top: 0 }), []]
  if (action === 'pause') return [{ ...view, paused: !view.paused }, []]
  if (action === 'back') return [{ ...view, panes: view.panes.slice(0, -1) }, []]
  const acted = actOnNode(view, action, world)
  if (acted !== undefined) return acted
  const pane = topPane(view)
  switch (pane.kind) {
    case 'tree':
      return [pressTree(view, action, world), []]
    case 'logs':
      return [pressLogs(view, pane, action, world.logs), []]
    case 'receipts':
      return [pressReceipts(view, pane, action, world), []]
    default:
      return [scroll(view, pane, action, world), []]
  }
}

type TextPane = Extract<ReturnType<typeof topPane>, { readonly top: number }>

function scroll(view: ViewState, pane: TextPane, action: Action, world: World): ViewState {
  const height = paneHeight(view)
  const furthest = Math.max(
    0,
    contentLines(pane, world.shown, { look: world.look, columns: view.size.columns, now: world.now }).length - height
  )
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
