import type { Command } from '../../core/commands.ts'
import type { Identity } from '../../core/process/identity.ts'
import type { SignalName } from '../../core/settings.ts'
import type { Order, RowKey } from './rows.ts'

/** What is shown; they lie on each other, the last is on top, Esc takes it off. */
export type Pane =
  | { readonly kind: 'tree' }
  | { readonly kind: 'detail'; readonly node: string; readonly process: Identity | undefined; readonly top: number }
  /** `last`: seq of the line at the bottom. */
  | {
      readonly kind: 'logs'
      readonly node: string
      readonly position: { readonly kind: 'follow' } | { readonly kind: 'at'; readonly last: number }
    }
  /** Of one node, or of all. `selected` is a receipt's id; undefined: the newest. */
  | { readonly kind: 'receipts'; readonly node: string | undefined; readonly selected: number | undefined }
  | { readonly kind: 'receipt'; readonly id: number; readonly top: number }
  | { readonly kind: 'help'; readonly top: number }
  | { readonly kind: 'run'; readonly top: number }

/** A process or node that a dialog is about, as it was when the dialog opened. */
export interface Target {
  readonly node: string
  readonly name: string
  /** undefined: the node has no process. */
  readonly identity: Identity | undefined
  /** For people: `12:04:38`, or the start time in ticks. */
  readonly started: string
}

export type EditField = 'memory' | 'cpu' | 'latency' | 'respawnLimit'

export type Dialog =
  | { readonly kind: 'signals'; readonly target: Target & { readonly identity: Identity }; readonly signal: SignalName }
  | { readonly kind: 'confirm'; readonly verb: 'stop' | 'start' | 'restart'; readonly target: Target }
  /** `typed` is undefined as long as the present value stands there untouched. */
  | { readonly kind: 'limits'; readonly node: string; readonly field: EditField; readonly typed: string | undefined }
  | { readonly kind: 'quit'; readonly choice: 'stop' | 'keep-running' | 'cancel' }

export interface Notice {
  readonly tone: 'good' | 'alarm'
  readonly text: string
}

/** All that the person at the screen did to it; nothing of what is supervised. */
export interface ViewState {
  readonly size: { readonly columns: number; readonly rows: number }
  /** The selected row, its node, and where it was: when the row goes, the selection falls to its node, else to that place. */
  readonly selection: { readonly key: RowKey; readonly node: string; readonly index: number } | undefined
  /** First visible row of the tree. */
  readonly top: number
  readonly folded: ReadonlySet<RowKey>
  readonly order: Order
  readonly paused: boolean
  /** The panes above the tree, oldest first. */
  readonly panes: readonly Exclude<Pane, { readonly kind: 'tree' }>[]
  readonly dialog: Dialog | undefined
  readonly notice: Notice | undefined
  /** How often everything was asked to stop. */
  readonly stopsAsked: number
}

/** What a turn asks for beyond the view. */
export type Effect =
  | { readonly kind: 'send'; readonly command: Command; readonly done: string }
  | { readonly kind: 'quit'; readonly choice: 'stop' | 'keep-running' }
  | { readonly kind: 'redraw' }
  | { readonly kind: 'suspend' }

export type Turn = readonly [ViewState, readonly Effect[]]

export const initialView = (size: ViewState['size']): ViewState => ({
  size,
  selection: undefined,
  top: 0,
  folded: new Set(),
  order: 'tree',
  paused: false,
  panes: [],
  dialog: undefined,
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
