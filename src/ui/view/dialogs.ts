import type { Identity } from '../../core/process/identity.ts'
import type { OrphanPair, PairPreview, ProcessBrief, ReloadDifference } from '../../core/queries.ts'
import type { SignalName } from '../../core/settings.ts'
import type { SortKey } from './sort.ts'

/** A process or node that a dialog is about, as it was when the dialog opened. */
export interface Target {
  readonly node: string
  readonly name: string
  /** undefined: the node has no process. */
  readonly identity: Identity | undefined
  /** For people: `12:04:38`, or the start time in ticks. */
  readonly started: string
}

export type ProcessTarget = Target & { readonly identity: Identity }

/** At least one: the row under the cursor, or all that are tagged. */
export type Several<T> = readonly [T, ...T[]]

export type EditField = 'memory' | 'cpu' | 'latency' | 'respawnLimit'

/** What is done to nodes after a confirmation; act: their limits stop them again. */
export type NodeVerb = 'stop' | 'start' | 'restart' | 'act'
export type PairVerb = 'unregister' | 'end-orphan'

export const REGISTER_FIELDS = ['parent', 'child', 'signal', 'grace', 'scope'] as const
export type RegisterField = (typeof REGISTER_FIELDS)[number]

/** What is known of what was typed as a pid; `for` is that text. */
export interface Candidates {
  readonly for: string
  readonly found: readonly ProcessBrief[]
  /** Index of the marked one; undefined: none. */
  readonly marked: number | undefined
}

/** What registering would do, for the texts that it was asked with. */
export interface Previewed {
  readonly parent: number
  readonly child: number
  readonly answer: { readonly kind: 'told'; readonly preview: PairPreview } | { readonly kind: 'failed'; readonly detail: string }
}

export interface RegisterDialog {
  readonly kind: 'register'
  readonly field: RegisterField
  readonly texts: Readonly<Record<'parent' | 'child' | 'grace', string>>
  /** undefined: as the settings say. */
  readonly signal: SignalName | undefined
  readonly scope: 'child' | 'tree' | undefined
  /** Of the field under the cursor. */
  readonly candidates: Candidates | undefined
  readonly previewed: Previewed | undefined
}

export type Dialog =
  | { readonly kind: 'signals'; readonly targets: Several<ProcessTarget>; readonly signal: SignalName }
  | { readonly kind: 'confirm'; readonly verb: NodeVerb; readonly targets: Several<Target> }
  | { readonly kind: 'pairs'; readonly verb: PairVerb; readonly pairs: Several<OrphanPair> }
  /** `typed` is undefined as long as the present value stands there untouched. */
  | { readonly kind: 'limits'; readonly node: string; readonly field: EditField; readonly typed: string | undefined }
  | { readonly kind: 'quit'; readonly choice: 'stop' | 'keep-running' | 'cancel' }
  | { readonly kind: 'sort'; readonly choice: SortKey }
  | { readonly kind: 'palette'; readonly typed: string; readonly marked: number }
  | RegisterDialog
  | {
      readonly kind: 'reload'
      readonly answer:
        | { readonly kind: 'asked' }
        | { readonly kind: 'told'; readonly difference: ReloadDifference }
        | { readonly kind: 'failed'; readonly detail: string }
    }
