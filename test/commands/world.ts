import { join } from 'node:path'
import type { RunningCommand } from '../helpers/command.ts'
import type { commandsOfTest } from '../helpers/commands.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { type Called, call } from './call.ts'

/** Writes two lines, of which one would colour a terminal, and stays. */
const WORKER = ['/bin/sh', '-c', `printf 'hello\\n\\033[31mred\\n'; exec sleep 1000`]

export interface World {
  readonly command: RunningCommand
  readonly socket: string
  /** The configuration file. */
  readonly file: string
  /** A subcommand on this supervisor. */
  on(...words: string[]): Promise<Called>
}

/** A real supervisor with a worker `api` and whatever else, once its control socket answers. */
export async function superviseWorld(
  commands: ReturnType<typeof commandsOfTest>,
  more: object = {},
  args: readonly string[] = []
): Promise<World> {
  const command = commands.prepare()
  const socket = join(command.folder, 'web.sock')
  const file = command.file('tsupervise.json', JSON.stringify({ name: 'web', worker: { name: 'api', command: WORKER }, ...more }))
  command.launch(['--no-ui', '--log-format', 'json', '--config', file, '--control-socket', socket, ...args])
  await command.event('node-started', 'api')
  const on = (...words: string[]): Promise<Called> => call([...words, '--control-socket', socket])
  await waitUntil(
    async () => (await on('status')).code !== 3,
    () => `the control socket; log:\n${command.log()}\n${command.stderr}`
  )
  return { command, socket, file, on }
}
