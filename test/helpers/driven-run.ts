import type { StdioOptions } from 'node:child_process'
import { inject } from 'vitest'
import type { Command } from '../../src/core/commands.ts'
import type { Answers, Query } from '../../src/core/queries.ts'
import { fixture, type LoggedEvent, type RunningCommand, type StartOptions } from './command.ts'
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
  /** Asks something and waits for the answer. */
  query<Q extends Query>(query: Q): Promise<Answers[Q['type']]>
}

export function driveRun(commands: ReturnType<typeof commandsOfTest>, configuration: object, options: StartOptions = {}): DrivenRun {
  const stdio: StdioOptions = ['pipe', 'pipe', 'pipe']
  const env = { NODE_COMPILE_CACHE: inject('compiledCode'), ...options.env }
  const command = commands.start(configuration, [], { program: fixture('driven-run.ts'), stdio, ...options, env })
  let sent = 0
  const write = (line: object): number => {
    sent += 1
    command.child?.stdin?.write(`${JSON.stringify({ id: sent, ...line })}\n`)
    return sent
  }
  const send = (request: Request): number => write({ by: 'test', ...request })
  const answer = (id: number, to: string): Promise<LoggedEvent> =>
    command.until(() => command.of('answer').find((logged) => logged['id'] === id), `the answer to ${to}`)
  return {
    command,
    send,
    ask: async (request) => answer(send(request), request.type),
    async query<Q extends Query>(query: Q) {
      const { ok, value, code } = await answer(write({ query }), query.type)
      if (ok !== true) throw new Error(`${query.type} was answered with ${String(code)}`)
      return value as Answers[Q['type']]
    }
  }
}
