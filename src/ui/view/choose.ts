import type { Action } from '../keymap.ts'
import type { ViewState } from './state.ts'

export const closed = (view: ViewState): ViewState => ({ ...view, dialog: undefined })

/** The entry before or after `present`, at the ends it stays. */
export function neighbour<T>(entries: readonly T[], present: T, action: Action): T {
  const step = action === 'up' ? -1 : action === 'down' ? 1 : 0
  return entries[Math.min(entries.length - 1, Math.max(0, entries.indexOf(present) + step))] ?? present
}
