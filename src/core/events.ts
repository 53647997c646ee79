import type { CheckDescription, CheckResult, CheckStanding } from './checks/state.ts'
import type { Failure } from './errors.ts'
import type { Identity } from './process/identity.ts'
import type { CpuSource, ProcessSample } from './process/sample.ts'
import type { OrphanPair, ReloadDifference } from './queries.ts'
import type { ExitStatus, LedgerEntry, Receipt, SignalOutcome, StopReason } from './receipt.ts'
import type { LimitField, Limits, NodeKind, OrphanTerms, RespawnPolicy, SignalName, Source, Sourced, WatchdogLevel } from './settings.ts'

/** What the screen and the log need to know of a node besides what happens to it. */
export interface NodeDescription {
  readonly name: string
  readonly kind: NodeKind
  readonly argv: readonly string[]
  readonly cwd: string
  readonly user: string | undefined
  readonly scope: 'tree' | 'process'
  readonly watched: boolean
  readonly observe: boolean
  readonly limits: Limits
  readonly respawn: RespawnPolicy
  readonly delayMs: number
  readonly after: readonly string[]
  readonly enabled: boolean
}

/** A kernel facility, whether this run has it, and what takes its place where it is missing. */
export interface Facility {
  readonly name:
    | 'native'
    | 'pidfd'
    | 'pidfd-group-signal'
    | 'subreaper'
    | 'process-events'
    | 'cgroup'
    | 'pss'
    | 'guardian'
    | 'setpriv'
    | 'real-pipes'
  readonly available: boolean
  /** One sentence: the reason, and the fallback. Empty when available. */
  readonly detail: string
}

/** What one refresh saw of one node; the store keeps the newest and a short history. */
export interface NodeSample {
  readonly node: string
  /** Over the measured time since the refresh before; percent of one CPU. */
  readonly cpuPercent: number
  readonly cpuSource: CpuSource
  readonly rssBytes: number
  readonly processes: readonly (ProcessSample & { readonly cpuPercent: number })[]
}

/** How the budget stands: uses within the window. */
export interface BudgetState {
  readonly uses: number
  readonly limit: number
  /** Wall clock at which the next use falls out of the window; undefined: none used. */
  readonly refillsAt: string | undefined
}

/** refused: some of it may not be signalled for who registered it; observed: a dry run, nothing was signalled. */
export type OrphanOutcome = 'ended' | 'stuck' | 'refused' | 'observed'

/** Who asked the reaper for something. */
export interface OrphanAsker {
  readonly uid: number
  /** 0: not seen from here, or no process: then `command` says what it was. */
  readonly pid: number
  /** Empty: it is gone. */
  readonly command: string
}

/** What the reaper holds, in pairs. */
export interface OrphansHeld {
  readonly armed: number
  /** Pairs of children that are being ended. */
  readonly acting: number
  /** Different living parents. */
  readonly parents: number
}

/** A pair is not registered any more. */
interface OrphanLeft {
  readonly parent: Identity
  readonly child: Identity
  /** Under whose authority it was registered. */
  readonly uid: number
  readonly held: OrphansHeld
}

export type EventBody =
  // the run
  | {
      readonly type: 'supervisor-started'
      readonly version: string
      readonly pid: number
      readonly level: WatchdogLevel
      readonly compat: string
      readonly dryRun: boolean
      readonly sampler: string
      readonly logicalCpus: number
      readonly facilities: readonly Facility[]
    }
  | { readonly type: 'facility-changed'; readonly facility: Facility }
  | { readonly type: 'shutdown-started'; readonly code: number; readonly reason: string }
  | { readonly type: 'supervisor-ended'; readonly code: number; readonly reason: string }
  | {
      readonly type: 'self-sampled'
      readonly cpuPercent: number
      readonly rssBytes: number
      readonly hostCpuPercent: number
      readonly hostMemoryUsed: number
      readonly hostMemoryTotal: number
    }
  | {
      readonly type: 'self-unhealthy'
      readonly rssBytes: number
      readonly limitBytes: number
      readonly action: 'interface-closed' | 'shutdown'
    }
  | { readonly type: 'problem'; readonly failure: Failure; readonly next: string | undefined }
  | { readonly type: 'interface-lost'; readonly detail: string }
  | {
      readonly type: 'control-opened'
      readonly socket: string
      /** Octal. */
      readonly mode: string
      readonly group: string | undefined
    }
  /** Nobody asked for it on purpose, and the run goes on without. */
  | { readonly type: 'control-unavailable'; readonly failure: Failure }
  /** The configuration was read again; each node tells what that means for it. */
  | {
      readonly type: 'reloaded'
      readonly by: string
      readonly difference: ReloadDifference
      readonly level: WatchdogLevel
      readonly dryRun: boolean
      readonly intervalMs: number
    }
  // nodes
  | { readonly type: 'node-added'; readonly description: NodeDescription }
  /** Its settings are others from now on. */
  | { readonly type: 'node-changed'; readonly description: NodeDescription }
  | { readonly type: 'node-removed' }
  | { readonly type: 'node-waiting'; readonly after: readonly string[] }
  | { readonly type: 'node-starting'; readonly incarnation: number }
  | {
      readonly type: 'node-started'
      readonly incarnation: number
      readonly leader: Identity
      readonly containment: string
      /** Wall clock, ms, at start time 0. */
      readonly epoch: number
      /** An earlier supervisor started it, at this time (ISO 8601), and was killed. */
      readonly adopted?: { readonly since: string }
    }
  | { readonly type: 'node-start-failed'; readonly incarnation: number; readonly failure: Failure }
  | { readonly type: 'node-ready'; readonly detail: string }
  | {
      readonly type: 'node-exited'
      readonly incarnation: number
      readonly exit: ExitStatus
      readonly uptimeMs: number
      readonly success: boolean
    }
  | { readonly type: 'node-stopping'; readonly receipt: number; readonly reason: StopReason }
  /** Nothing is started before they are gone. `observed`: nothing was sent to what the leader, which ended by itself, left behind. */
  | {
      readonly type: 'node-stuck'
      readonly receipt: number
      readonly survivors: readonly number[]
      readonly because: 'unkillable' | 'observed'
    }
  | { readonly type: 'node-backing-off'; readonly delayMs: number; readonly until: string; readonly budget: BudgetState }
  | { readonly type: 'node-stopped'; readonly by: 'command' | 'exit' | 'shutdown' }
  | { readonly type: 'node-failed'; readonly detail: string; readonly budget: BudgetState }
  | { readonly type: 'budget-changed'; readonly budget: BudgetState }
  | {
      readonly type: 'health-changed'
      readonly healthy: boolean
      readonly failures: number
      readonly allowed: number
      readonly detail: string
    }
  // the watchdog
  | { readonly type: 'checked'; readonly entry: LedgerEntry; readonly acting: boolean }
  | { readonly type: 'limit-exceeded'; readonly rule: 'cpu' | 'memory'; readonly arithmetic: string; readonly secondsLeft: number }
  | { readonly type: 'limit-recovered'; readonly rule: 'cpu' | 'memory' }
  | { readonly type: 'limit-changed'; readonly field: LimitField; readonly from: number; readonly to: number; readonly source: Source }
  | { readonly type: 'observe-changed'; readonly observe: boolean }
  | { readonly type: 'receipt-opened'; readonly receipt: Receipt }
  | { readonly type: 'receipt-closed'; readonly receipt: Receipt }
  // processes
  | {
      readonly type: 'signalled'
      readonly target: Identity
      readonly signal: SignalName
      readonly outcome: SignalOutcome
      readonly by: string
    }
  | { readonly type: 'reaped'; readonly target: Identity; readonly comm: string; readonly exit: ExitStatus }
  | { readonly type: 'refreshed'; readonly samples: readonly NodeSample[] }
  // orphans
  | {
      readonly type: 'orphan-socket-opened'
      /** undefined: there is none, but an earlier run left registrations. */
      readonly socket: string | undefined
      /** Octal; undefined: an abstract name has none. */
      readonly mode: string | undefined
      /** Registrations of an earlier run that still count. */
      readonly restored: number
    }
  | {
      readonly type: 'orphan-registered'
      readonly parent: Identity
      readonly child: Identity
      readonly terms: OrphanTerms
      /** Who asked, and under whose authority (`uid`). */
      readonly by: OrphanAsker
      /** How the deaths are noticed. */
      readonly deaths: 'events' | 'sweep'
      /** Whether it is among the first pairs, which the state lists. */
      readonly listed: boolean
      /** Redacted; empty: unknown, or not listed. */
      readonly parentCommand: string
      readonly childCommand: string
      readonly held: OrphansHeld
    }
  /** Comes into the state's list of pairs untold: of an earlier run, below the debug level, or now among the first 500. */
  | { readonly type: 'orphan-noted'; readonly pair: OrphanPair; readonly held: OrphansHeld }
  /** What changed without being told. */
  | { readonly type: 'orphans-counted'; readonly held: OrphansHeld; readonly refused: number }
  | {
      readonly type: 'orphan-refused'
      readonly action: 'register' | 'unregister' | 'restore' | 'end' | 'unknown'
      /** The three numbers as they came. */
      readonly parent: number
      readonly child: number
      readonly code: number
      readonly reason: string
      readonly detail: string
      readonly by: OrphanAsker
      /** Refusals of this uid that were not told since the last one. */
      readonly untold: number
      /** Refusals so far, of all. */
      readonly refused: number
    }
  /** Every message, where that was asked for. */
  | {
      readonly type: 'orphan-message'
      readonly parent: number
      readonly child: number
      readonly code: number
      readonly by: OrphanAsker
      readonly untold: number
    }
  | { readonly type: 'orphan-client-closed'; readonly detail: string; readonly by: OrphanAsker; readonly untold: number }
  /** `by` is undefined: the child ended by itself. */
  | ({ readonly type: 'orphan-released'; readonly by: OrphanAsker | undefined } & OrphanLeft)
  /** The same untold: below the debug level, or after its child was ended. */
  | ({ readonly type: 'orphan-struck' } & OrphanLeft)
  | {
      readonly type: 'orphan-acting'
      readonly receipt: number
      readonly parent: Identity
      readonly child: Identity
      /** Why, in words. */
      readonly detail: string
      readonly held: OrphansHeld
    }
  /** Its receipt is closed; unless it is stuck, pairs of the child that are left are armed again. */
  | {
      readonly type: 'orphan-acted'
      readonly receipt: Receipt
      readonly outcome: OrphanOutcome
      /** Alive because they may not be signalled for who registered the child. */
      readonly refused: readonly number[]
      readonly held: OrphansHeld
    }
  // process checks
  | { readonly type: 'check-added'; readonly check: CheckDescription }
  | { readonly type: 'check-removed'; readonly check: string }
  /** Its state is another one than before. */
  | { readonly type: 'check-changed'; readonly check: string; readonly from: CheckStanding; readonly result: CheckResult }
  /** Counts, reasons or offending processes that changed while the states did not. */
  | { readonly type: 'checks-counted'; readonly checks: readonly { readonly check: string; readonly result: CheckResult }[] }
  /** What the action of a failing rule did; stops have their receipts besides. */
  | {
      readonly type: 'check-acted'
      readonly check: string
      readonly action: 'stop' | 'restart' | 'run'
      readonly detail: string
      readonly failure: Failure | undefined
    }
  // output of children
  | { readonly type: 'output'; readonly stream: 'stdout' | 'stderr'; readonly line: string }
  | { readonly type: 'output-dropped'; readonly stream: 'stdout' | 'stderr'; readonly lines: number }
  // hooks
  | {
      readonly type: 'hook-ended'
      readonly argv: readonly string[]
      readonly on: string
      readonly exit: ExitStatus | undefined
      readonly failure: Failure | undefined
    }

export type EventType = EventBody['type']

/** Everything that happens, as it is folded, logged and written. JSON throughout. */
export type SupervisorEvent = EventBody & {
  /** 1, 2, 3, ... within one run. */
  readonly seq: number
  readonly host: string
  readonly boot: string
  /** Wall clock, ISO 8601 with ms. */
  readonly time: string
  /** Monotonic ms since boot. */
  readonly mono: number
  readonly node?: string
  /** Of the process the event is about, where there is one. */
  readonly pid?: number
  readonly execId?: string
}

/** About whom an event is; the supervisor adds the rest of the envelope. */
export interface EventSubject {
  readonly node?: string
  readonly pid?: number
  readonly execId?: string
}

export type Emit = (body: EventBody, subject?: EventSubject) => void

/** Events that only refresh the screen: never in the event file, in the log only with debug. */
export const isTransient = (type: EventType): boolean => TRANSIENT.has(type)

const TRANSIENT: ReadonlySet<EventType> = new Set<EventType>([
  'refreshed',
  'self-sampled',
  'checked',
  'output',
  'orphan-noted',
  'orphan-struck',
  'orphans-counted',
  'checks-counted'
])

export type { LimitField, Sourced }
