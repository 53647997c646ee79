import type { Command, CommandResult } from '../commands.ts'
import type { Result } from '../errors.ts'
import type { SupervisorEvent } from '../events.ts'
import type { LogWindow } from '../output/log-line.ts'
import type { Cancel, Clock } from '../ports.ts'
import type { Ask } from '../queries.ts'
import type { Receipt } from '../receipt.ts'
import type { NodeStanding } from '../supervision/standing.ts'

/** Who answers. */
export interface SupervisorFacts {
  readonly name: string
  readonly version: string
  readonly pid: number
  readonly host: string
  /** Whom it runs as, by name where there is one. */
  readonly user: string
  /** Wall clock, ISO 8601. */
  readonly startedAt: string
}

/** What the state is folded to is the business of whoever folds it: here it is JSON that is passed on. */
export interface StateViews {
  /** The same object until something changes. */
  readonly state: () => unknown
  readonly lastSeq: () => number
  readonly nodes: () => readonly unknown[]
  readonly node: (name: string) => unknown
  readonly receipts: () => readonly Receipt[]
  /** Those in memory, without transient ones, oldest first. */
  readonly events: () => readonly SupervisorEvent[]
}

/** A slice of what happened, oldest first. */
export interface HistoryRequest {
  /** After the event of this number. */
  readonly since: number
  readonly node: string | undefined
  /** The newest so many. */
  readonly most: number
  /** `all`: earlier runs too, whose numbers begin with 1 again. */
  readonly runs: 'this' | 'all'
}

/** What was written down. Errors: no-history (nothing is kept), those of open(2) and read(2). */
export interface History {
  events(request: HistoryRequest): Promise<Result<readonly SupervisorEvent[]>>
  /** The newest of each receipt. */
  receipts(request: Pick<HistoryRequest, 'most' | 'runs'>): Promise<Result<readonly Receipt[]>>
}

export interface MetricsText {
  readonly type: string
  readonly text: string
}

/** All that the control API sees of a supervisor. */
export interface ControlPorts {
  readonly clock: Clock
  /** Of this run, at random: the first half of event ids. */
  readonly runId: string
  readonly facts: () => SupervisorFacts
  readonly views: StateViews
  readonly history: History
  readonly execute: (command: Command) => Promise<CommandResult>
  readonly ask: Ask
  /** Calls for every event from now on, after the state was folded. */
  readonly read: (reader: (event: SupervisorEvent) => void) => Cancel
  /** undefined: there is no such node. */
  readonly standing: (node: string) => NodeStanding | undefined
  readonly logs: (node: string) => LogWindow
  /** Calls soon after new lines, once for many. */
  readonly subscribeLogs: (node: string, listener: () => void) => Cancel
  readonly metrics: (accept: string) => Promise<MetricsText>
  /** The end of the run has begun. */
  readonly isStopping: () => boolean
}
