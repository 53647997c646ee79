import type { LogWindow } from '../../session.ts'
import type { SupervisorState } from '../../store.ts'
import type { Look } from '../theme.ts'

/** What a key press may look at besides the view. */
export interface World {
  /** As it is now: targets are checked against this. */
  readonly live: SupervisorState
  /** As it stands on the screen: selections refer to this. */
  readonly shown: SupervisorState
  readonly logs: LogWindow | undefined
  /** Wall clock, ms. */
  readonly now: number
  readonly look: Look
  readonly readOnly: boolean
  /** Whether the terminal can be given back to the shell for a while. */
  readonly canSuspend: boolean
}

/** Who asked, for receipts and the log. */
export const BY = 'keyboard'
