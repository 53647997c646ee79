import type { Command } from '../core/commands.ts'
import type { Session } from '../session.ts'

/** One after the other; what was refused of a node ends what is meant for that node. Gives why each refused one was. */
export async function sendAll(session: Pick<Session, 'send'>, commands: readonly Command[]): Promise<readonly string[]> {
  const refused: string[] = []
  const ended = new Set<string>()
  for (const command of commands) {
    const node = 'node' in command ? command.node : undefined
    if (node !== undefined && ended.has(node)) continue
    const result = await session.send(command)
    if (result.ok) continue
    refused.push(result.error.message)
    if (node !== undefined) ended.add(node)
  }
  return refused
}
