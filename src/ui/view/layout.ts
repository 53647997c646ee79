import type { ViewState } from './state.ts'

/** Smaller than this: one line a node (terminal: below 60x12). */
export const SMALLEST = { columns: 60, rows: 12 } as const

/** How the lines of the screen are shared out; together less than the terminal's rows. */
export interface Layout {
  readonly kind: 'full' | 'compact'
  readonly columns: number
  /** Lines of the tree, without its column heads. */
  readonly tree: number
  /** Lines of the events below their rule. */
  readonly events: number
  /** Lines of a pane that takes the place of tree and events, below its own title. */
  readonly pane: number
}

/** Header, column heads, rule, footer. */
const FRAME = 4

/** `rowCount`: rows that the tree would like to show. */
export function layoutOf(size: ViewState['size'], rowCount: number): Layout {
  const lines = Math.max(0, size.rows - 1)
  const columns = Math.max(1, size.columns)
  if (size.columns < SMALLEST.columns || size.rows < SMALLEST.rows) {
    const body = Math.max(0, lines - 2)
    return { kind: 'compact', columns, tree: body, events: 0, pane: Math.max(0, body) }
  }
  const room = lines - FRAME
  // in steps of four, so that one process more or less does not move the events
  const wanted = Math.ceil((rowCount + 1) / 4) * 4 + 2
  const tree = Math.min(Math.max(wanted, Math.floor(room * 0.45)), room - Math.max(3, Math.floor(room * 0.3)))
  return { kind: 'full', columns, tree, events: room - tree, pane: lines - 3 }
}

/** The first visible line such that `index` is seen and the window stays within `total`; moves no more than it must. */
export function scrollTo(top: number, index: number, height: number, total: number): number {
  const least = Math.max(0, index - height + 1)
  const most = Math.min(index, Math.max(0, total - height))
  return Math.max(Math.min(Math.max(top, least), Math.max(0, most)), 0)
}
