import type { Command, CommandResult } from './core/commands.ts'
import type { LogLine, LogWindow } from './core/output/log-line.ts'
import type { Ask } from './core/queries.ts'
import type { SupervisorState } from './store.ts'

export type { LogLine, LogWindow }

/** How an attached interface stands with one supervisor. What is shown of a lost one is what was last known, never its end. */
export interface Link {
  /** The supervisor or host, as the person named it; prefix of its nodes (`LABEL/NODE`) where there are several. */
  readonly label: string
  readonly standing:
    | { readonly kind: 'connecting' }
    | { readonly kind: 'connected' }
    | {
        readonly kind: 'lost'
        /** Wall clock, ISO 8601: nothing is known of later. */
        readonly since: string
        readonly detail: string
        /** Wall clock, ISO 8601. */
        readonly nextTryAt: string
      }
}

/**
 * Where several supervisors are shown as one, start times of the second on are moved by multiples of this many clock ticks, more than
 * 5,000 years have: a process of one host is never taken for one of another. The rest of the division is the start time on its own host.
 */
export const BRANCH_TICKS = 2 ** 44

/**
 * All that the interface sees of a supervisor: in this process (over the store) or, attached, of another process or machine.
 * Everything in it is JSON.
 */
export interface Session {
  getState(): SupervisorState
  /** Calls after every change of state; returns the unsubscriber. */
  subscribe(listener: () => void): () => void
  send(command: Command): Promise<CommandResult>
  /** What is not in the state because only a dialog or a pane wants it. */
  ask: Ask
  logs(node: string): LogWindow
  subscribeLogs(node: string, listener: () => void): () => void
  /** One for each supervisor it is attached to; in the supervisor's own process there are none. Changes are told to `subscribe`. */
  links?(): readonly Link[]
}
