import { Box } from 'ink'
import { useMemo } from 'react'
import { useStore } from 'zustand'
import type { StoreApi } from 'zustand/vanilla'
import type { SupervisorState } from '../store.ts'
import { DialogBox } from './components/dialog.tsx'
import { AbovePane } from './components/pane.tsx'
import { Rows } from './components/rows.tsx'
import { CompactTree, Tree } from './components/tree.tsx'
import type { Frame } from './frames.ts'
import type { Keymap } from './keys/keymap-of.ts'
import { footerLine } from './panes/footer.ts'
import { headerLine } from './panes/header.ts'
import type { Look } from './theme.ts'
import { layoutOf } from './view/layout.ts'
import { placeOf } from './view/place.ts'
import { topPane } from './view/state.ts'

export interface AppProps {
  readonly frame: StoreApi<Frame>
  /** The session's state at this moment, for dialogs that name a process. */
  readonly live: () => SupervisorState
  /** With the theme of the start; another may be chosen meanwhile. */
  readonly look: Look
  readonly keymap: Keymap
  readonly readOnly: boolean
}

/** The whole screen, one line less than the terminal has. */
export function App({ frame, live, look: started, keymap, readOnly }: AppProps) {
  const { view, shown } = useStore(frame)
  const look = useMemo(() => ({ ...started, theme: view.theme ?? started.theme }), [started, view.theme])
  const { columns, rows } = view.size
  const { kind } = layoutOf(view.size, 0)
  const pane = topPane(view)
  const props = { view, shown, look, keymap }
  const header = headerLine(shown.state, { look, columns, now: shown.now, paused: view.paused, readOnly, links: shown.links })
  const footer = footerLine(placeOf(view), { look, keymap, columns, notice: view.notice, prompt: view.prompt })
  if (rows < 2 || columns < 2) return null
  return (
    <Box flexDirection="column" width={columns} height={rows - 1}>
      {kind === 'full' && <Rows look={look} columns={columns} height={1} lines={[header]} />}
      {pane.kind === 'tree' && kind === 'full' && <Tree {...props} />}
      {pane.kind === 'tree' && kind === 'compact' && <CompactTree {...props} readOnly={readOnly} />}
      {pane.kind !== 'tree' && <AbovePane {...props} pane={pane} />}
      {rows > 2 && <Rows look={look} columns={columns} height={1} lines={[footer]} />}
      {view.dialog !== undefined && <DialogBox {...props} dialog={view.dialog} live={live()} />}
    </Box>
  )
}
