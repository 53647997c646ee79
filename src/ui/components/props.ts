import type { LogWindow } from '../../session.ts'
import type { SupervisorState } from '../../store.ts'
import type { Look } from '../theme.ts'
import type { ViewState } from '../view/state.ts'

/** What the screen shows of the session: a moment of it, taken at most once a second. */
export interface Shown {
  readonly state: SupervisorState
  /** Wall clock, ms, of that moment. */
  readonly now: number
  /** Output of the node whose logs are open. */
  readonly logs: LogWindow | undefined
}

export interface ScreenProps {
  readonly view: ViewState
  readonly shown: Shown
  readonly look: Look
}
