import { renderToString } from 'ink'
import { createStore } from 'zustand/vanilla'
import type { LogWindow } from '../../src/session.ts'
import type { SupervisorState } from '../../src/store.ts'
import { App } from '../../src/ui/app.tsx'
import { createLook, type Look } from '../../src/ui/theme.ts'
import { press } from '../../src/ui/view/press.ts'
import { initialView, type ViewState } from '../../src/ui/view/state.ts'
import { fakeState, NOW } from './fake-session.ts'

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
}

export const plainLook = createLook({ color: false, ascii: false })

/** The screen as lines, after these keys; as a person sees it, without a terminal. */
export function frameOf(request: FrameRequest = {}): string[] {
  const { state = fakeState(), columns = 120, rows = 40, keys = [], look = plainLook, readOnly = false, logs } = request
  const world = { live: state, shown: state, logs, now: NOW, look, readOnly, canSuspend: true }
  let view = request.view ?? initialView({ columns, rows })
  for (const key of keys) [view] = press(view, { kind: 'key', key }, world)
  const screen = (
    <App
      view={createStore<ViewState>(() => view)}
      shown={createStore(() => ({ state, now: NOW, logs }))}
      live={() => state}
      look={look}
      readOnly={readOnly}
      onReady={() => undefined}
    />
  )
  return renderToString(screen, { columns: Math.max(1, columns) }).split('\n')
}
