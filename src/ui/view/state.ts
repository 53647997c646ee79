import type { Command } from '../../core/commands.ts'
import type { Identity } from '../../core/process/identity.ts'
import type { ThemeName } from '../theme/tones.ts'
import type { Dialog } from './dialogs.ts'
import type { Filter } from './filter.ts'
import type { LogStyle, LogsPane, Streams } from './log-lines.ts'
import type { Query } from './questions.ts'
import type { Row, RowKey } from './row.ts'
import type { Order } from './rows.ts'
import type { Sort } from './sort.ts'

export type { Dialog, EditField, Target } from './dialogs.ts'

/** What is shown; they lie on each other, the last is on top, Esc takes it off. */
export type Pane =
  | { readonly kind: 'tree' }
  | { readonly kind: 'detail'; readonly node: string; readonly process: Identity | undefined; readonly top: number }
  | {
      readonly kind: 'logs'
      readonly node: string
      /** `last`: seq of the line at the bottom; `row`: of its rows, where lines are wrapped. */
      readonly position: { readonly kind: 'follow' } | { readonly kind: 'at'; readonly last: number; readonly row: number }
      readonly streams: Streams
      /** Columns of cut lines that lie left of the screen. */
      readonly shift: number
      /** `at`: seq of the line that was found. */
      readonly search: { readonly text: string; readonly at: number | undefined } | undefined
    }
  /** Of one node, or of all. `selected` is a receipt's id; undefined: the newest. */
  | { readonly kind: 'receipts'; readonly node: string | undefined; readonly selected: number | undefined }
  | { readonly kind: 'receipt'; readonly id: number; readonly top: number }
  /** A registered pair, by the key of its row. */
  | { readonly kind: 'pair'; readonly pair: RowKey; readonly top: number }
  | { readonly kind: 'checks'; readonly top: number }
  | { readonly kind: 'help'; readonly top: number }
  | { readonly kind: 'run'; readonly top: number }

export interface Notice {
  readonly tone: 'good' | 'alarm'
  readonly text: string
}

export interface Selection {
  readonly key: RowKey
  readonly name: string
  readonly index: number
}

/** A line that is typed below the tree or the output (`find`), and what holds when it is given up. */
export type Prompt =
  | { readonly kind: 'filter'; readonly text: string; readonly before: Filter | undefined }
  | { readonly kind: 'search'; readonly text: string; readonly before: Pick<ViewState, 'selection' | 'top'> }
  | { readonly kind: 'find'; readonly text: string; readonly before: LogsPane }

/** All that the person at the screen did to it; nothing of what is supervised. */
export interface ViewState {
  readonly size: { readonly columns: number; readonly rows: number }
  /** The selected row, its owner, and where it was: when the row goes, the selection falls to its owner, else to that place. */
  readonly selection: Selection | undefined
  /** First visible row of the tree. */
  readonly top: number
  readonly folded: ReadonlySet<RowKey>
  readonly order: Order
  readonly sort: Sort
  readonly filter: Filter | undefined
  /** What is searched for, as it was typed. */
  readonly search: string
  /** Rows as they were when they were tagged. */
  readonly tags: ReadonlyMap<RowKey, Row>
  readonly logs: LogStyle
  /** Chosen here; undefined: as it was started. */
  readonly theme: ThemeName | undefined
  /** Whether the window moves along with the selected row. */
  readonly follow: boolean
  readonly paused: boolean
  /** The panes above the tree, oldest first. */
  readonly panes: readonly Exclude<Pane, { readonly kind: 'tree' }>[]
  readonly dialog: Dialog | undefined
  readonly prompt: Prompt | undefined
  readonly notice: Notice | undefined
  /** How often everything was asked to stop. */
  readonly stopsAsked: number
}

/** What a turn asks for beyond the view. */
export type Effect =
  /** One after the other (send-all.ts); `done` is said when all were taken. */
  | { readonly kind: 'send'; readonly commands: readonly Command[]; readonly done: string }
  /** The answer comes back to the view (answers.ts). */
  | { readonly kind: 'ask'; readonly query: Query }
  | { readonly kind: 'quit'; readonly choice: 'stop' | 'keep-running' }
  /** To the clipboard of the terminal. */
  | { readonly kind: 'copy'; readonly text: string }
  | { readonly kind: 'redraw' }
  | { readonly kind: 'suspend' }

export type Turn = readonly [ViewState, readonly Effect[]]

export const initialView = (size: ViewState['size']): ViewState => ({
  size,
  selection: undefined,
  top: 0,
  folded: new Set(),
  order: 'tree',
  sort: { by: 'order', inverted: false },
  filter: undefined,
  search: '',
  tags: new Map(),
  logs: { wrap: false, times: 'clock' },
  theme: undefined,
  follow: true,
  paused: false,
  panes: [],
  dialog: undefined,
  prompt: undefined,
  notice: undefined,
  stopsAsked: 0
})

const TREE: Pane = { kind: 'tree' }

export const topPane = (view: ViewState): Pane => view.panes.at(-1) ?? TREE

/** The same view with its top pane replaced. */
export const replacePane = (view: ViewState, pane: ViewState['panes'][number]): ViewState => ({
  ...view,
  panes: [...view.panes.slice(0, -1), pane]
})

/** No more than this many panes lie on each other. */
const DEEPEST = 8

export const openPane = (view: ViewState, pane: ViewState['panes'][number]): ViewState =>
  view.panes.at(-1)?.kind === pane.kind ? replacePane(view, pane) : { ...view, panes: [...view.panes, pane].slice(-DEEPEST) }

export const refuse = (view: ViewState, text: string): ViewState => ({ ...view, notice: { tone: 'alarm', text } })
export const tell = (view: ViewState, text: string): ViewState => ({ ...view, notice: { tone: 'good', text } })
