import { Box, type SuspendTerminal, useApp } from 'ink'
import { useEffect } from 'react'
import { useStore } from 'zustand'
import type { StoreApi } from 'zustand/vanilla'
import type { SupervisorState } from '../store.ts'
import { DialogBox } from './components/dialog.tsx'
import { AbovePane } from './components/pane.tsx'
import type { Shown } from './components/props.ts'
import { Rows } from './components/rows.tsx'
import { CompactTree, Tree } from './components/tree.tsx'
import { footerLine } from './panes/footer.ts'
import { headerLine } from './panes/header.ts'
import type { Look } from './theme.ts'
import { layoutOf } from './view/layout.ts'
import { placeOf } from './view/press.ts'
import { topPane, type ViewState } from './view/state.ts'

export interface AppProps {
  readonly view: StoreApi<ViewState>
  readonly shown: StoreApi<Shown>
  /** The session's state at this moment, for dialogs that name a process. */
  readonly live: () => SupervisorState
  readonly look: Look
  readonly readOnly: boolean
  /** Gets the way to hand the terminal over for a while. */
  readonly onReady: (suspend: SuspendTerminal) => void
}

/** The whole screen, one line less than the terminal has. */
export function App({ view: viewStore, shown: shownStore, live, look, readOnly, onReady }: AppProps) {
  const { suspendTerminal } = useApp()
  useEffect(() => onReady(suspendTerminal), [onReady, suspendTerminal])
  const view = useStore(viewStore)
  const shown = useStore(shownStore)
  const { columns, rows } = view.size
  const { kind } = layoutOf(view.size, 0)
  const pane = topPane(view)
  const props = { view, shown, look }
  const header = headerLine(shown.state, { look, columns, now: shown.now, paused: view.paused, readOnly })
  const footer = footerLine(placeOf(view), view.notice, columns)
  if (rows < 2 || columns < 2) return null
  return (
    <Box flexDirection="column" width={columns} height={rows - 1} overflow="hidden">
      {kind === 'full' && <Rows look={look} columns={columns} height={1} lines={[header]} />}
      {pane.kind === 'tree' && kind === 'full' && <Tree {...props} />}
      {pane.kind === 'tree' && kind === 'compact' && <CompactTree {...props} />}
      {pane.kind !== 'tree' && <AbovePane {...props} pane={pane} />}
      {rows > 2 && <Rows look={look} columns={columns} height={1} lines={[footer]} />}
      {view.dialog !== undefined && <DialogBox {...props} dialog={view.dialog} live={live()} />}
    </Box>
  )
}
