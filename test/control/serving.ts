import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { RunningCommand, type StartOptions } from '../helpers/command.ts'
import { waitUntil } from '../helpers/wait-until.ts'

interface Served {
  readonly command: RunningCommand
  readonly socket: string
}

const commands: RunningCommand[] = []
const folders: string[] = []

/** A folder that everybody may enter, gone after the test. */
export function sharedFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'control-'))
  folders.push(folder)
  return folder
}

/** A real supervisor with a control socket of its own, ended after the test. */
export async function serve(configuration: object, args: readonly string[] = [], options: StartOptions = {}): Promise<Served> {
  const socket = join(sharedFolder(), 'c.sock')
  const command = RunningCommand.start(configuration, ['--control-socket', socket, ...args], options)
  commands.push(command)
  await command.event('control-opened')
  return { command, socket }
}

export const keep = (command: RunningCommand): RunningCommand => {
  commands.push(command)
  return command
}

/** Started, and ready where it has something to wait for. */
export const runs = (command: RunningCommand, ...nodes: string[]): Promise<unknown> =>
  Promise.all(nodes.map((node) => command.event('node-ready', node)))

export const gone = (condition: () => boolean, what: string): Promise<unknown> => waitUntil(condition, what)

afterEach(async () => {
  for (const command of commands.splice(0)) await command.dispose()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})
