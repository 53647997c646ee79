import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Cancel, Clock } from '../core/ports.ts'
import type { Identity } from '../core/process/identity.ts'
import type { LogWindow, Session } from '../session.ts'
import type { SupervisorState } from '../store.ts'
import type { Shown } from './components/props.ts'
import { createFactsBook } from './facts.ts'
import { needsFacts } from './view/filter.ts'
import { NO_GHOSTS, nextGhosts } from './view/ghosts.ts'
import { type Pane, topPane, type ViewState } from './view/state.ts'

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
 * While the screen is paused it stays as it is; output that is opened then is shown as it is at that moment.
 */
export function createFeed(session: Session, clock: Clock, view: StoreApi<ViewState>): Feed {
  const facts = createFactsBook(session.ask, () => refresh())
  const openLogs = (): string | undefined => {
    const pane = topPane(view.getState())
    return pane.kind === 'logs' ? pane.node : undefined
  }
  /** Whose output is shown. */
  let logsOf: string | undefined
  const logs = (): LogWindow | undefined => {
    logsOf = openLogs()
    return logsOf === undefined ? undefined : session.logs(logsOf)
  }
  const take = (before: Shown | undefined): Shown => {
    const state = session.getState()
    const now = clock.wall()
    if (needsFacts(view.getState().filter)) facts.want(processesOf(state))
    facts.want(detailedIn(topPane(view.getState()), state), 'details')
    return {
      state,
      now,
      ghosts: before === undefined ? NO_GHOSTS : nextGhosts(before.ghosts, before.state, state, now),
      facts: facts.known(),
      logs: logs(),
      links: session.links?.() ?? []
    }
  }
  const shown = createStore<Shown>(() => take(undefined))
  let cancel: Cancel = () => undefined
  let isClosed = false
  const refresh = (): void => {
    cancel()
    if (isClosed) return
    cancel = clock.after(PERIOD_MS, refresh)
    if (!view.getState().paused) shown.setState(take(shown.getState()), true)
    else if (openLogs() !== logsOf || shown.getState().logs?.lines.length === 0) shown.setState({ logs: logs() })
  }
  cancel = clock.after(PERIOD_MS, refresh)
  return {
    shown,
    refresh,
    close: () => {
      isClosed = true
      cancel()
    }
  }
}

/** The process that the open detail is about: the selected one, else the leader of the node. */
function detailedIn(pane: Pane, { nodes }: SupervisorState): readonly Identity[] {
  if (pane.kind !== 'detail') return []
  const phase = Object.hasOwn(nodes, pane.node) ? nodes[pane.node]?.phase : undefined
  const identity = pane.process ?? (phase?.phase === 'running' ? phase.leader : undefined)
  return identity === undefined ? [] : [identity]
}

const processesOf = ({ nodes }: SupervisorState) => Object.values(nodes).flatMap(({ sample }) => sample?.processes ?? [])
