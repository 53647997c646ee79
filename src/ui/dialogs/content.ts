import type { SupervisorState } from '../../store.ts'
import type { Place } from '../keymap.ts'
import type { Keymap } from '../keys/keymap-of.ts'
import type { Look } from '../theme.ts'
import type { Dialog } from '../view/state.ts'
import type { DialogContent } from './box.ts'
import { confirmContent, pairsContent, signalsContent } from './confirm.ts'
import { limitsContent } from './limits.ts'
import { paletteContent } from './palette.ts'
import { quitContent } from './quit.ts'
import { registerContent } from './register.ts'
import { reloadContent } from './reload.ts'
import { sortContent } from './sort.ts'

export interface DialogContext {
  readonly look: Look
  readonly keymap: Keymap
  readonly columns: number
  /** Lines that there are for it. */
  readonly rows: number
  /** Wall clock, ms. */
  readonly now: number
  /** Whether everything was already asked to stop. */
  readonly stopping: boolean
  /** Of the pane below. */
  readonly below: Place
}

export type Of<K extends Dialog['kind']> = Extract<Dialog, { readonly kind: K }>

/** What this dialog says now; it follows the state, so that a target that went is seen at once. */
export function dialogContent(dialog: Dialog, state: SupervisorState, context: DialogContext): DialogContent {
  switch (dialog.kind) {
    case 'signals':
      return signalsContent(dialog, state, context)
    case 'confirm':
      return confirmContent(dialog, state, context)
    case 'pairs':
      return pairsContent(dialog, state, context)
    case 'limits':
      return limitsContent(dialog, state, context)
    case 'quit':
      return quitContent(dialog, state, context)
    case 'sort':
      return sortContent(dialog, context)
    case 'palette':
      return paletteContent(dialog, context)
    case 'register':
      return registerContent(dialog, context)
    case 'reload':
      return reloadContent(dialog, context)
  }
}
