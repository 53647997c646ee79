import type { Command, CommandResult } from './core/commands.ts'
import type { OutputRings } from './core/output/rings.ts'
import type { Ask } from './core/queries.ts'
import type { Session } from './session.ts'
import type { StateStore } from './store.ts'

/** The session of the process that supervises: the store for the state, the executor for commands, the rings for output. */
export function createLocalSession(
  store: Pick<StateStore, 'getState' | 'subscribe'>,
  execute: (command: Command) => Promise<CommandResult>,
  ask: Ask,
  output: Pick<OutputRings, 'window' | 'subscribe'>
): Session {
  return {
    getState: () => store.getState(),
    subscribe: (listener) => store.subscribe(listener),
    send: (command) => execute(command),
    ask,
    logs: (node) => output.window(node),
    subscribeLogs: (node, listener) => output.subscribe(node, listener)
  }
}
