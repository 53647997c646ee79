import { chmodSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createSystemClock } from '../../src/core/clock.ts'
import { libc } from '../../src/core/linux/libc.ts'
import { type NotifyMessage, openNotifySocket } from '../../src/core/linux/notify-socket.ts'
import { fixture } from '../helpers/command.ts'
import { commandsOfTest } from '../helpers/commands.ts'
import { waitUntil } from '../helpers/wait-until.ts'

const commands = commandsOfTest()
const isRoot = process.getuid?.() === 0

/** Runs it to its end with a configuration as it stands in the file. */
async function refused(text: string, args: readonly string[] = []) {
  const command = commands.prepare()
  command.launch(['--no-ui', '--config', command.file('tsupervise.yaml', text), ...args])
  const { code } = await command.exit()
  return { code, said: command.stderr, command }
}

describe('what is wrong is said, with exit code 2 and nothing started', () => {
  test('neither a command nor a configuration: advice', async () => {
    const command = commands.launch(['--no-ui'])
    expect((await command.exit()).code).toBe(2)
    expect(command.stderr).toMatch(/nothing to supervise.*\n.*tsupervise -- COMMAND/)
    expect(command.events).toEqual([])
  })

  test.each([
    [
      'an unknown key, with the nearest known one',
      'worker:\n  command: [sleep, "60"]\n  enviroment: {}\n',
      /tsupervise\.yaml:3:3: .*enviroment.*\benv/s
    ],
    [
      'a value of the wrong kind',
      'worker:\n  command: [sleep, "60"]\n  limits:\n    memory: plenty\n',
      /tsupervise\.yaml:4:13: .*plenty.*a size such as 200MB/s
    ],
    ['text that is no YAML', 'worker:\n  command: [sleep\n', /tsupervise\.yaml:\d+:\d+: /],
    ['an order that closes a circle', 'extensions:\n  a: {command: "true", after: [b]}\n  b: {command: "true", after: [a]}\n', /a.*b/s],
    ['a node that is not there', 'worker:\n  command: "true"\n  after: [nobody]\n', /tsupervise\.yaml:3:\d+: .*nobody/s]
  ])('%s: file, line and column', async (_name, text, pattern) => {
    const { code, said, command } = await refused(text)
    expect(code).toBe(2)
    expect(said).toMatch(pattern)
    expect(command.events).toEqual([])
  })

  test('an option that does not exist, and one whose value makes no sense', async () => {
    const [unknown, senseless] = [commands.launch(['--watchdog-levl', '1']), commands.launch(['--watchdog-delay', 'soon', '--', 'true'])]
    expect((await unknown.exit()).code).toBe(2)
    expect(unknown.stderr).toMatch(/watchdog-levl.*--watchdog-level/s)
    expect((await senseless.exit()).code).toBe(2)
    expect(senseless.stderr).toMatch(/--watchdog-delay.*soon/s)
  })

  test('a configuration that others can write to is not read', async () => {
    const command = commands.prepare()
    const file = command.file('tsupervise.yaml', 'worker: {command: "true"}\n', 0o666)
    chmodSync(file, 0o666)
    command.launch(['--no-ui'])
    expect((await command.exit()).code).toBe(2)
    expect(command.stderr).toContain(file)
  })
})

describe('a program that others can change', () => {
  const start = async () => {
    const command = commands.prepare()
    const program = command.file('program', '#!/bin/sh\necho ran\nsleep 60\n', 0o777)
    const configuration = { name: 'unsafe', worker: { command: [program], respawn: { limit: 0 } } }
    command.launch(['--no-ui', '--config', command.file('tsupervise.json', JSON.stringify(configuration))])
    return { command, program }
  }

  test.runIf(isRoot)('is refused as root', async () => {
    const { command, program } = await start()
    expect((await command.exit()).code).toBe(1)
    const [failed] = command.of('node-start-failed', 'worker')
    expect(failed?.['failureCode']).toBe('unsafe-binary')
    expect(failed?.message).toContain(`${program} can be written by everybody`)
    expect(command.of('output')).toEqual([])
  })

  test.skipIf(isRoot)('is a warning otherwise (this test is not for root)', async () => {
    const { command, program } = await start()
    await command.line('worker', /^ran$/)
    expect(command.of('problem')[0]?.message).toContain(program)
  })
})

describe('without native calls (TSUPERVISE_NATIVE=0)', () => {
  const env = { TSUPERVISE_NATIVE: '0' }

  test('it names what is missing, supervises, respawns and leaves nothing behind', async () => {
    const command = commands.start(
      {
        worker: {
          command: [fixture('term-immune-child.sh')],
          stop: { grace: '200ms', commandedGrace: '200ms' },
          respawn: { maxDelay: '0s' }
        }
      },
      [],
      { env }
    )
    await command.line('worker', /^ready/)
    const missing = (command.of('supervisor-started')[0]?.['missing'] ?? []) as string[]
    expect(missing.map((words) => words.split(':')[0])).toEqual(expect.arrayContaining(['native', 'pidfd', 'subreaper', 'process-events']))
    for (const words of missing) expect(words).toMatch(/^[a-z-]+: .{10,}/)
    process.kill(command.leader('worker').pid, 'SIGKILL')
    await command.event('node-started', 'worker', 2)
    expect((await command.stop()).code).toBe(0)
  })

  test('limits act as with them', async () => {
    const command = commands.start(
      {
        watchdog: { interval: '200ms', delay: '0s' },
        worker: {
          command: ['sh', '-c', `${fixture('cpu-burner.sh')} & wait`],
          limits: { cpu: '10%', latency: '400ms' },
          respawn: { maxDelay: '0s' }
        }
      },
      [],
      { env }
    )
    const receipt = await command.event('receipt-closed', 'worker')
    expect(receipt['reasonRule']).toBe('cpu')
    expect(receipt['treeSize']).toBe(2)
  })
})

describe('under a service manager', () => {
  const noSocket = libc() === undefined
  test.skipIf(noSocket)(
    `READY=1 when everything was started, STOPPING=1 at the end${noSocket ? ' (no native calls here)' : ''}`,
    async () => {
      const socket = openNotifySocket(createSystemClock(), undefined)
      if (!socket.ok) throw new Error(socket.error.message)
      const messages: NotifyMessage[] = []
      socket.value.subscribe((message) => void messages.push(message))
      const command = commands.start({ worker: { command: ['sleep', '60'] } }, [], { env: { NOTIFY_SOCKET: socket.value.path } })
      await waitUntil(() => messages.some((message) => message.ready), 'READY=1')
      expect(messages[0]?.pid).toBe(command.pid)
      expect((await command.stop()).code).toBe(0)
      socket.value.close()
    }
  )
})
