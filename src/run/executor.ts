import type { Command, CommandResult } from '../core/commands.ts'
import type { Supervisor } from '../core/supervisor.ts'
import type { OrphanService } from './orphan-service.ts'
import type { Reloads } from './reloads.ts'

/** Who executes what. */
export interface Executors {
  readonly supervisor: Pick<Supervisor, 'execute'>
  readonly orphans: Pick<OrphanService, 'execute'>
  readonly reloads: Pick<Reloads, 'reload' | 'saveLimits'>
}

/** The one executor behind keys, signals and the control socket. */
export function createExecutor({ supervisor, orphans, reloads }: Executors): (command: Command) => Promise<CommandResult> {
  return async (command) => {
    switch (command.type) {
      case 'register':
      case 'unregister':
      case 'end-orphan':
        return await orphans.execute(command)
      case 'reload':
        return await reloads.reload(command.by)
      case 'save-limits':
        return await reloads.saveLimits(command.node, command.by)
      default:
        return await supervisor.execute(command)
    }
  }
}
