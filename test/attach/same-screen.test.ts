import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { call } from '../commands/call.ts'
import { COMMAND } from '../helpers/command.ts'
import { commandsOfTest } from '../helpers/commands.ts'
import { openPty, type Pty } from '../helpers/pty.ts'
import { waitUntil } from '../helpers/wait-until.ts'

const commands = commandsOfTest()
const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const CONFIGURATION = {
  name: 'web',
  worker: { name: 'api', command: ['/bin/sh', '-c', `trap 'echo got hup' HUP; echo ready to serve; while :; do sleep 0.1; done`] },
  extensions: { side: { command: ['/bin/sleep', '1000'] } }
}

const environment = { ...process.env, NO_COLOR: '1', LC_ALL: 'C.UTF-8', TSUPERVISE_NAME: undefined, TSUPERVISE_CONTROL_SOCKET: undefined }

function terminal(args: readonly string[], stateFolder: string): Pty {
  const pty = openPty({ command: process.execPath, args: [COMMAND, ...args], env: { ...environment, TSUPERVISE_STATE_DIR: stateFolder } })
  closers.push(async () => {
    pty.close()
    await pty.ended
  })
  return pty
}

/** A supervisor with its own screen. */
async function own(): Promise<Pty> {
  const folder = mkdtempSync(join(tmpdir(), 'tsupervise-same-screen-'))
  const socket = join(folder, 'web.sock')
  const file = join(folder, 'tsupervise.json')
  writeFileSync(file, JSON.stringify(CONFIGURATION), { mode: 0o600 })
  closers.push(() => rmSync(folder, { recursive: true, force: true }))
  const pty = terminal(['--config', file, '--control-socket', socket], join(folder, 'state'))
  closers.push(async () => {
    expect(await call(['shutdown', '--wait', '--control-socket', socket])).toMatchObject({ code: 0 })
  })
  return pty
}

/** A screen attached to one without. */
async function attached(): Promise<Pty> {
  const command = commands.prepare()
  const socket = join(command.folder, 'web.sock')
  const file = command.file('tsupervise.json', JSON.stringify(CONFIGURATION))
  command.launch(['--no-ui', '--log-format', 'json', '--config', file, '--control-socket', socket])
  await waitUntil(
    async () => (await call(['status', '--control-socket', socket])).code === 0,
    () => `the control socket; ${command.stderr}\n${command.log()}`
  )
  return terminal(['attach', socket], command.stateFolder)
}

describe.each([
  ['of the supervisor itself', own],
  ['of an attached one', attached]
])('the screen %s', (_, open) => {
  test('shows, asks and does the same', async () => {
    const pty = await open()
    const shows = (pattern: RegExp) => pty.waitFor((text) => pattern.test(text), String(pattern))
    await shows(/worker +api +\d+ ● running/)
    await shows(/extension side +\d+ ● running/)

    pty.type('L')
    await shows(/ready to serve/)
    pty.type('k')
    await shows(/Send a signal/)
    pty.type('\x1b')
    pty.type('\x1b')
    await shows(/worker +api/)

    pty.type('x')
    await shows(/Stop api/)
    pty.type('\r')
    await shows(/worker +api +- . stopped/)
    await shows(/api \d+ stopped: stop asked for by/)

    pty.type('o')
    await shows(/Start api/)
    pty.type('\r')
    await shows(/worker +api +\d+ ● running/)

    pty.type('w')
    await shows(/worker +api +\d+ . observed/)
    pty.type('w')
    await shows(/Let limits act on api/)
    pty.type('\r')
    await shows(/worker +api +\d+ ● running/)

    pty.type('e')
    await shows(/memory/)
    pty.type('300M\r')
    await shows(/\/300M/)
  })
})
