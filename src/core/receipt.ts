import type { Identity } from './process/identity.ts'
import type { OrphanTerms, SignalName, Source } from './settings.ts'

/** Why a tree was stopped, or would have been. One receipt for each stop; watchdog.md, "Kill receipt". */
export type StopReason =
  | {
      readonly kind: 'limit'
      readonly rule: 'cpu' | 'memory'
      /** Where the limit came from. */
      readonly source: Source
      /** `CPU 3120 ms > 600 ms = 10% x 3000 ms x 2 CPUs, 4 checks in a row, 12 s >= 12 s` */
      readonly arithmetic: string
    }
  | { readonly kind: 'health'; readonly detail: string }
  | { readonly kind: 'readiness'; readonly detail: string }
  | { readonly kind: 'command'; readonly command: 'stop' | 'restart'; readonly by: string }
  | { readonly kind: 'shutdown'; readonly detail: string }
  /** The leader ended by itself and left members behind. */
  | { readonly kind: 'leftovers'; readonly detail: string }
  /** Registered as the child of a parent that is dead, or ended as if it were; under whose authority, and how. */
  | {
      readonly kind: 'orphan'
      readonly parent: Identity
      readonly uids: readonly number[]
      readonly terms: OrphanTerms
      readonly detail: string
    }
  /** An offending process of a failing rule whose action is to stop it. */
  | { readonly kind: 'check'; readonly check: string; readonly detail: string }

export type SignalOutcome = 'sent' | 'gone' | 'denied' | 'recycled'

/** One line of the watchdog's ledger: what was measured at one check, and what it meant. */
export interface LedgerEntry {
  /** Wall clock, ISO 8601. */
  readonly time: string
  /** Measured time since the check before, ms. */
  readonly intervalMs: number
  readonly cpu: {
    readonly usedMs: number
    readonly budgetMs: number
    readonly over: boolean
    /** Checks over the budget in a row. */
    readonly inARow: number
    /** How long the CPU has been over, ms, and when it is too long. */
    readonly sustainedMs: number
    readonly latencyMs: number
  }
  readonly memory: {
    readonly bytes: number
    /** rss: sum of RSS; pss: sum of PSS, where the sum of RSS raised suspicion. */
    readonly measure: 'rss' | 'pss'
    readonly baselineBytes: number
    readonly growthBytes: number
    readonly limitBytes: number
    readonly over: boolean
    readonly sustainedMs: number
    readonly latencyMs: number
  }
}

/** A signal that a receipt accounts for, the ones deliberately left out included. */
export interface SignalRecord {
  readonly time: string
  readonly signal: SignalName
  readonly target: 'leader' | 'group' | 'member'
  readonly pid: number
  readonly execId: string | undefined
  readonly outcome: SignalOutcome | 'left-out' | 'would-send'
  /** Why it was left out, or what the kernel said. */
  readonly detail: string | undefined
}

export interface ReceiptProcess extends Identity {
  readonly ppid: number
  readonly execId: string
  readonly command: string
  readonly state: string
  readonly rssBytes: number
  readonly cpuMs: number
}

export interface ExitStatus {
  readonly code: number | undefined
  readonly signal: SignalName | undefined
  /** The kernel's out-of-memory killer, where the system tells. */
  readonly oomKilled: boolean
}

export type NextStep =
  | { readonly kind: 'respawn'; readonly delayMs: number; readonly usesLeft: number }
  | { readonly kind: 'restart' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly detail: string }
  | { readonly kind: 'shutdown'; readonly code: number }
  /** Observed only: nothing was done. */
  | { readonly kind: 'none' }

export interface Receipt {
  /** 1, 2, 3, ... within one run. */
  readonly id: number
  readonly node: string
  readonly incarnation: number
  readonly leader: Identity & { readonly execId: string }
  readonly mode: 'stopped' | 'would-stop'
  readonly reason: StopReason
  /** The window that the decision was made on, oldest first; empty for commands. */
  readonly window: readonly LedgerEntry[]
  /** The tree when the stop began. */
  readonly tree: readonly ReceiptProcess[]
  /** Where the leader came from: its parent, and so on to the oldest that is known. */
  readonly ancestry?: readonly { readonly pid: number; readonly execId: string; readonly command: string }[]
  readonly signals: readonly SignalRecord[]
  /** Output of the before-limit-stop hook, if there was one, cut at 64 KiB. */
  readonly diagnostics: string | undefined
  /** Of the leader. */
  readonly exit: ExitStatus | undefined
  readonly survivors: readonly ReceiptProcess[]
  readonly openedAt: string
  /** undefined: still open. */
  readonly closedAt: string | undefined
  readonly durationMs: number | undefined
  readonly next: NextStep | undefined
}
