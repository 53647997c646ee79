import type { SupervisorState } from '../../store.ts'
import type { Keymap } from '../keys/keymap-of.ts'
import type { Line } from '../theme.ts'
import { layoutOf } from '../view/layout.ts'
import type { Pane, ViewState } from '../view/state.ts'
import type { Facts } from '../view/subject.ts'
import { checkLines } from './checks.ts'
import { detailLines } from './detail.ts'
import { helpLines } from './help.ts'
import { pairLines } from './pair.ts'
import { receiptLines } from './receipt.ts'
import { runLines } from './run.ts'
import type { TextContext } from './text.ts'

/** A pane of text that scrolls. */
export type TextPane = Extract<Pane, { readonly top: number }>

export interface PaneContext extends TextContext {
  readonly keymap: Keymap
  readonly facts: Facts
}

/** All lines of a pane of text, whether they fit or not. */
export function contentLines(pane: TextPane, state: SupervisorState, context: PaneContext): readonly Line[] {
  switch (pane.kind) {
    case 'detail':
      return detailLines(state, pane.node, pane.process, context, context.facts)
    case 'receipt':
      return receiptLines(state, pane.id, context)
    case 'pair':
      return pairLines(state, pane.pair, context)
    case 'checks':
      return checkLines(state.checks, context)
    case 'help':
      return helpLines(context)
    case 'run':
      return runLines(state, context)
  }
}

/** Lines that a pane has below its title. */
export const paneHeight = (view: ViewState): number => layoutOf(view.size, 0).pane
