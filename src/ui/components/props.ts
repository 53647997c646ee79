import type { Link, LogWindow } from '../../session.ts'
import type { SupervisorState } from '../../store.ts'
import type { Keymap } from '../keys/keymap-of.ts'
import type { Look } from '../theme.ts'
import type { Ghosts } from '../view/ghosts.ts'
import type { ViewState } from '../view/state.ts'
import type { Facts } from '../view/subject.ts'

/** What the screen shows of the session: a moment of it, taken at most once a second. */
export interface Shown {
  readonly state: SupervisorState
  /** Wall clock, ms, of that moment. */
  readonly now: number
  /** What ended a moment before it. */
  readonly ghosts: Ghosts
  /** What is known of processes beyond their samples, as far as a filter asks for it. */
  readonly facts: Facts
  /** Output of the node whose logs are open. */
  readonly logs: LogWindow | undefined
  /** Where the session is attached to other processes: how it stands with each of them. */
  readonly links?: readonly Link[]
}

export interface ScreenProps {
  readonly view: ViewState
  readonly shown: Shown
  readonly look: Look
  readonly keymap: Keymap
}
