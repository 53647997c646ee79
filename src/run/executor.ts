import type { Command, CommandResult } from '../core/commands.ts'
import { failure } from '../core/errors.ts'
import type { Supervisor } from '../core/supervisor.ts'

/** Who executes what. */
export interface Executors {
  readonly supervisor: Pick<Supervisor, 'execute'>
}

/** The one executor behind keys, signals and the control socket. */
export function createExecutor({ supervisor }: Executors): (command: Command) => Promise<CommandResult> {
  return async (command) => {
    switch (command.type) {
      case 'register':
      case 'unregister':
      case 'end-orphan':
        return failure('no-orphans', 'this run takes no orphans')
      case 'reload':
      case 'save-limits':
        return failure('unsupported', `${command.type} is not possible here`)
      default:
        return await supervisor.execute(command)
    }
  }
}
