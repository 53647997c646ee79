import { expect, test } from 'vitest'
import { call } from '../commands/call.ts'
import { superviseWorld } from '../commands/world.ts'
import { COMMAND } from '../helpers/command.ts'
import { commandsOfTest } from '../helpers/commands.ts'
import { isAlive } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { attachedOfTest, shows } from './attached.ts'
import { noSshd, startSshd } from './sshd.ts'

const { attach, onEnd } = attachedOfTest()
const commands = commandsOfTest()
const reason = noSshd()

/** At most this much of the time between two kills is waited, ms. */
const MOMENTS = 300

const moment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.random() * MOMENTS))

test('kill -9 of the supervisor at random moments: each time the next one is found, and shown as it is', async () => {
  let { command, socket, file } = await superviseWorld(commands)
  const pty = attach([socket])
  await shows(pty, 'worker')
  for (let round = 0; round < 5; round++) {
    await moment()
    command.signal('SIGKILL')
    await command.exit()
    const next = commands.prepare()
    next.launch(['--no-ui', '--log-format', 'json', '--config', file, '--control-socket', socket])
    await next.event('node-started', 'api')
    const { pid } = next.leader('api')
    await pty.waitFor(
      (text) => new RegExp(`worker +api +${pid} ● running`).test(text) && !text.includes('connection lost'),
      `api as ${pid}`
    )
    command = next
  }
  pty.type('q')
  expect(await pty.ended).toMatchObject({ code: 0 })
})

test('kill -9 of attached ones at random moments: the supervisor does not care', async () => {
  const { command, socket, on } = await superviseWorld(commands)
  const leader = command.leader('api')
  for (let round = 0; round < 8; round++) {
    const pty = attach([socket])
    await moment()
    pty.signal('SIGKILL')
    await pty.ended
  }
  expect((await on('status')).code).toBe(0)
  expect(isAlive(leader)).toBe(true)
  expect(command.of('problem')).toEqual([])
})

test.skipIf(reason !== undefined)(
  `a real supervisor through a real sshd${reason === undefined ? '' : ` (skipped: ${reason})`}: seen, stopped and started from afar`,
  async () => {
    const sshd = await startSshd()
    onEnd(() => sshd.close())
    const { socket, on } = await superviseWorld(commands)
    const pty = attach(
      ['test-host:', '--remote-command', `env TSUPERVISE_CONTROL_SOCKET=${socket} ${process.execPath} ${COMMAND}`],
      sshd.env
    )
    await pty.waitFor((text) => /worker +api +\d+ ● running/.test(text), `the node; sshd said ${sshd.log()}`)
    pty.type('x')
    await shows(pty, 'Stop api')
    pty.type('\r')
    await pty.waitFor((text) => /worker +api +- . stopped/.test(text), 'the stop')
    expect(JSON.parse((await on('receipts', '1', '--json')).stdout)).toMatchObject({ reason: { kind: 'command', command: 'stop' } })
    expect((await on('start', 'api', '--wait')).code).toBe(0)
    await pty.waitFor((text) => /worker +api +\d+ ● running/.test(text), 'the start')
    pty.type('L')
    await shows(pty, 'hello')
  }
)

test('several supervisors of one machine in one tree; what is done goes to the one that is meant', async () => {
  const [one, other] = [await superviseWorld(commands), await superviseWorld(commands)]
  const pty = attach([one.socket, other.socket])
  await pty.waitFor(
    (text) => /▾ web .*\n.*worker +api +\d+ ● running[\s\S]*▾ web#2 .*\n.*worker +api +\d+ ● running/.test(text),
    'two branches'
  )
  pty.type('G')
  pty.type('x')
  await shows(pty, 'Stop web#2/api')
  pty.type('\r')
  await waitUntil(
    async () => (await call(['status', '--control-socket', other.socket])).stdout.includes('stopped'),
    'the stop of the second'
  )
  expect((await call(['status', '--control-socket', one.socket])).stdout).toMatch(/api +worker +running/)
  expect(one.command.of('node-stopping')).toEqual([])
})
