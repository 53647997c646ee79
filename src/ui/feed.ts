import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Cancel, Clock } from '../core/ports.ts'
import type { LogWindow, Session } from '../session.ts'
import type { Shown } from './components/props.ts'
import { topPane, type ViewState } from './view/state.ts'

/** Data reach the screen at most this often; keys draw at once (terminal: behaviour over SSH). */
const PERIOD_MS = 1000

export interface Feed {
  readonly shown: StoreApi<Shown>
  /** Shows the session as it is now, after a key. */
  refresh(): void
  close(): void
}

/**
 * What the screen shows of the session: taken once a second (times on the screen move too), after a key, and after the answer to a command.
 * While the screen is paused it stays as it is.
 */
export function createFeed(session: Session, clock: Clock, view: StoreApi<ViewState>): Feed {
  const logs = (): LogWindow | undefined => {
    const pane = topPane(view.getState())
    return pane.kind === 'logs' ? session.logs(pane.node) : undefined
  }
  const take = (): Shown => ({ state: session.getState(), now: clock.wall(), logs: logs() })
  const shown = createStore<Shown>(take)
  let cancel: Cancel = () => undefined
  const refresh = (): void => {
    cancel()
    cancel = clock.after(PERIOD_MS, refresh)
    if (!view.getState().paused) shown.setState(take(), true)
  }
  cancel = clock.after(PERIOD_MS, refresh)
  return { shown, refresh, close: () => cancel() }
}
