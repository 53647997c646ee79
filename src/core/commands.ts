import type { Result } from './errors.ts'
import type { Identity } from './process/identity.ts'
import type { LimitField, SignalName } from './settings.ts'

/** Every request from a key, a socket or a signal. `by` names who asked, for receipts and the log. */
export type Command =
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

/** Answers when the request was taken or refused, not when its effect is complete. */
export type CommandResult = Result<undefined>
