import type { Command } from '../../src/core/commands.ts'
import { fixture, type LoggedEvent, type RunningCommand } from './command.ts'
import type { commandsOfTest } from './commands.ts'

/** Omits `by` from each member of the union. */
type Request = Command extends infer Each ? (Each extends Command ? Omit<Each, 'by'> : never) : never

/** A run that takes commands, as the interface gives them. */
export interface DrivenRun {
  readonly command: RunningCommand
  /** Sends a command and does not wait for its answer. */
  send(request: Request): number
  /** Sends a command and waits for its answer. */
  ask(request: Request): Promise<LoggedEvent>
}

export function driveRun(commands: ReturnType<typeof commandsOfTest>, configuration: object): DrivenRun {
  const command = commands.start(configuration, [], { program: fixture('driven-run.ts'), stdio: ['pipe', 'pipe', 'pipe'] })
  let sent = 0
  const send = (request: Request): number => {
    sent += 1
    command.child?.stdin?.write(`${JSON.stringify({ id: sent, by: 'test', ...request })}\n`)
    return sent
  }
  return {
    command,
    send,
    async ask(request) {
      const id = send(request)
      return command.until(() => command.of('answer').find((answer) => answer['id'] === id), `the answer to ${request.type}`)
    }
  }
}
