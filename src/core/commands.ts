import type { Result } from './errors.ts'
import type { Identity } from './process/identity.ts'
import type { LimitField, SignalName } from './settings.ts'

/** Every request from a key, a socket or a signal. `by` names who asked, for receipts and the log. */
export type Command = NodeCommand | OrphanCommand | ConfigurationCommand

/** What the supervisor of nodes executes. */
export type NodeCommand =
  | { readonly type: 'start'; readonly node: string; readonly by: string }
  | { readonly type: 'stop'; readonly node: string; readonly by: string }
  | { readonly type: 'restart'; readonly node: string; readonly by: string }
  /** Only to a process of a managed tree that is still the same one. */
  | { readonly type: 'signal'; readonly target: Identity; readonly signal: SignalName; readonly by: string }
  /** Bytes, percent, ms or a count, as in settings.Limits; lasts until the end of the run, across respawns. */
  | { readonly type: 'set-limit'; readonly node: string; readonly field: LimitField; readonly value: number; readonly by: string }
  | { readonly type: 'observe'; readonly node: string; readonly observe: boolean; readonly by: string }
  | { readonly type: 'reopen-logs'; readonly by: string }
  /** `force`: SIGKILL at once. A second shutdown forces. */
  | { readonly type: 'shutdown'; readonly force: boolean; readonly by: string }

/** What the orphan reaper executes, under the authority of `uid`. */
export type OrphanCommand =
  | {
      readonly type: 'register'
      readonly parent: number
      readonly child: number
      /** Refused if the pids are other processes by now; undefined: whoever has them. */
      readonly expect: { readonly parentStart: number; readonly childStart: number } | undefined
      /** undefined: as the settings say. */
      readonly signal: SignalName | undefined
      readonly graceMs: number | undefined
      readonly scope: 'child' | 'tree' | undefined
      readonly uid: number
      readonly by: string
    }
  | {
      readonly type: 'unregister'
      readonly parent: number
      readonly child: number
      /** Refused if the pair is of other processes; undefined: whatever pair has these numbers. */
      readonly expect?: { readonly parentStart: number; readonly childStart: number } | undefined
      readonly uid: number
      readonly by: string
    }
  /** Ends the child now, as if its parent had died. */
  | { readonly type: 'end-orphan'; readonly child: Identity; readonly uid: number; readonly by: string }

/** What changes the settings of a run. */
export type ConfigurationCommand =
  /** Reads the configuration again; what the difference says is done to each node. */
  | { readonly type: 'reload'; readonly by: string }
  /** Writes the edited limits of a node into the configuration file, whose comments stay. */
  | { readonly type: 'save-limits'; readonly node: string; readonly by: string }

/** Answers when the request was taken or refused, not when its effect is complete. */
export type CommandResult = Result<undefined>
