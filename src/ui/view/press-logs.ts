import type { LogWindow } from '../../session.ts'
import type { Action } from '../keymap.ts'
import { paneHeight } from '../panes/content.ts'
import { moved } from './move.ts'
import { type Pane, replacePane, type ViewState } from './state.ts'

type LogsPane = Extract<Pane, { readonly kind: 'logs' }>

/** Scrolls the output; at its end it follows again. */
export function pressLogs(view: ViewState, pane: LogsPane, action: Action, logs: LogWindow | undefined): ViewState {
  if (action === 'wrap') return replacePane(view, { ...pane, wrap: !pane.wrap })
  const lines = logs?.lines ?? []
  const height = paneHeight(view)
  const newest = lines.length - 1
  const least = Math.min(newest, height - 1)
  const at = lastShown(pane, lines)
  const next = Math.max(least, moved(at, action, height, newest))
  const line = lines[next]
  const position = line === undefined || next >= newest ? ({ kind: 'follow' } as const) : ({ kind: 'at', last: line.seq } as const)
  return replacePane(view, { ...pane, position })
}

/** Index of the line at the bottom of the pane. */
export function lastShown(pane: LogsPane, lines: LogWindow['lines']): number {
  const { position } = pane
  if (position.kind === 'follow') return lines.length - 1
  const found = lines.findLastIndex((line) => line.seq <= position.last)
  return found === -1 ? 0 : found
}
