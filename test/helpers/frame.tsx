import { renderToString } from 'ink'
import { createStore } from 'zustand/vanilla'
import type { Link, LogWindow } from '../../src/session.ts'
import type { SupervisorState } from '../../src/store.ts'
import { App } from '../../src/ui/app.tsx'
import { createKeymap, type KeyChoice } from '../../src/ui/keys/keymap-of.ts'
import { createLook, type Look } from '../../src/ui/theme.ts'
import { type Ghosts, NO_GHOSTS } from '../../src/ui/view/ghosts.ts'
import { press } from '../../src/ui/view/press.ts'
import { initialView, type ViewState } from '../../src/ui/view/state.ts'
import { fakeState, NOW } from './fake-session.ts'
import { worldOf } from './world.ts'

export interface FrameRequest {
  readonly state?: SupervisorState
  readonly columns?: number
  readonly rows?: number
  /** Pressed before the frame is drawn. */
  readonly keys?: readonly string[]
  readonly view?: ViewState
  readonly look?: Look
  readonly readOnly?: boolean
  readonly logs?: LogWindow
  readonly ghosts?: Ghosts
  readonly links?: readonly Link[]
  readonly choice?: KeyChoice
}

export const plainLook = createLook({ color: false, ascii: false })

/** The screen as lines, after these keys; as a person sees it, without a terminal. */
export function frameOf(request: FrameRequest = {}): string[] {
  const {
    state = fakeState(),
    columns = 120,
    rows = 40,
    keys = [],
    look = plainLook,
    readOnly = false,
    logs,
    ghosts = NO_GHOSTS,
    links = []
  } = request
  const keymap = createKeymap(request.choice)
  const world = worldOf(state, { logs, look, readOnly, ghosts, keymap })
  let view = request.view ?? initialView({ columns, rows })
  for (const key of keys) [view] = press(view, { kind: 'key', key }, world)
  const shown = { state, now: NOW, logs, ghosts, facts: world.facts, links }
  const screen = <App frame={createStore(() => ({ view, shown }))} live={() => state} look={look} keymap={keymap} readOnly={readOnly} />
  return renderToString(screen, { columns: Math.max(1, columns) }).split('\n')
}
