import type { Command, CommandResult } from './core/commands.ts'
import type { LogLine, LogWindow } from './core/output/log-line.ts'
import type { Ask } from './core/queries.ts'
import type { SupervisorState } from './store.ts'

export type { LogLine, LogWindow }

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
}
