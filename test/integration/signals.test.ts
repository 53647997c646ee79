import { existsSync, readFileSync, renameSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { fixture, type RunningCommand } from '../helpers/command.ts'
import { commandsOfTest } from '../helpers/commands.ts'
import { commandLineOf } from '../helpers/proc.ts'
import { isAlive, statFields } from '../helpers/processes.ts'

const commands = commandsOfTest()
const reporter = [fixture('report-all-signals.py')]

const got = (command: RunningCommand): string[] =>
  command
    .of('output', 'worker')
    .map((event) => event.message)
    .filter((line) => line.startsWith('got '))
    .map((line) => line.slice('got '.length))

describe('signals to the supervisor without a screen', () => {
  const FORWARDED = [
    'SIGUSR1',
    'SIGALRM',
    'SIGVTALRM',
    'SIGPROF',
    'SIGCONT',
    'SIGURG',
    'SIGXCPU',
    'SIGXFSZ',
    'SIGIO',
    'SIGPWR',
    'SIGSYS',
    'SIGTRAP',
    'SIGWINCH'
  ] as const

  test('are passed on to the worker one for one, and Node does not open its debugger', async () => {
    const command = commands.start({ worker: { command: reporter } })
    await command.line('worker', /^ready/)
    for (const [index, signal] of FORWARDED.entries()) {
      command.signal(signal)
      await command.until(() => got(command).length > index, `${signal}, after ${got(command).join(' ')}`)
    }
    expect(got(command)).toEqual(FORWARDED)
    expect(command.stderr).not.toMatch(/debugger/i)
    expect((await command.stop()).code).toBe(0)
    expect(got(command).slice(FORWARDED.length)).toContain('SIGTERM') // and perhaps the SIGCONT behind it
  })

  test.each(['SIGTSTP', 'SIGTTIN', 'SIGTTOU'] as const)('%s suspends the worker, SIGCONT resumes it', async (signal) => {
    const command = commands.start({ worker: { command: ['sleep', '60'] } })
    await command.event('node-started', 'worker')
    const { pid } = command.leader('worker')
    command.signal(signal)
    await command.until(() => statFields(pid)?.state === 'T', 'the worker to be suspended')
    command.signal('SIGCONT')
    await command.until(() => statFields(pid)?.state === 'S', 'the worker to go on')
    expect((await command.stop()).code).toBe(0)
  })

  test('are rewritten or swallowed as the configuration says; what ends the run cannot be rewritten', async () => {
    const command = commands.start({
      worker: { command: reporter },
      signals: { SIGUSR1: 'SIGHUP', SIGWINCH: 'ignore', SIGUSR2: 'SIGALRM' }
    })
    await command.line('worker', /^ready/)
    for (const [signal, expected] of [
      ['SIGWINCH', []],
      ['SIGUSR1', ['SIGHUP']],
      ['SIGUSR2', ['SIGHUP', 'SIGALRM']]
    ] as const) {
      command.signal(signal)
      await command.until(() => got(command).length >= expected.length, signal)
    }
    expect(got(command)).toEqual(['SIGHUP', 'SIGALRM'])
    await command.stop()
    const refused = commands.start({ worker: { command: reporter }, signals: { SIGTERM: 'ignore' } })
    expect((await refused.exit()).code).toBe(2)
    expect(refused.stderr).toContain('SIGTERM')
  })

  test('SIGHUP without a terminal reads the configuration again, and stops nothing', async () => {
    const command = commands.start({ worker: { command: reporter } })
    await command.line('worker', /^ready/)
    command.signal('SIGHUP')
    expect((await command.event('reloaded'))['by']).toBe('SIGHUP')
    expect(isAlive(command.leader('worker'))).toBe(true)
    expect(got(command)).toEqual([])
  })

  test('SIGUSR2 reopens the log files: of the nodes, of the log and of the events', async () => {
    const command = commands.prepare()
    const at = (name: string): string => `${command.folder}/${name}`
    const configuration = {
      name: 'logs',
      worker: { command: [fixture('report-all-signals.py')], log: { file: at('worker.log') } },
      log: { file: at('run.log') }
    }
    command.launch(['--no-ui', '--log-format', 'json', '--config', command.file('tsupervise.json', JSON.stringify(configuration))])
    await command.line('worker', /^ready/)
    const files = [at('worker.log'), at('run.log'), `${command.stateFolder}/events.jsonl`]
    await command.until(() => files.every((file) => existsSync(file) && readFileSync(file).length > 0), 'all three files')
    for (const file of files) renameSync(file, `${file}.old`)
    command.signal('SIGUSR2')
    await command.until(() => files.slice(0, 1).every((file) => existsSync(file)), 'the log of the worker under its name')
    command.signal('SIGUSR1')
    await command.until(() => got(command).length > 0, 'a line after that')
    await command.until(() => files.every((file) => existsSync(file) && readFileSync(file).length > 0), 'all three files again')
    expect(readFileSync(at('worker.log'), 'utf8')).toBe('got SIGUSR1\n')
    expect(
      readFileSync(at('run.log'), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .every((line) => JSON.parse(line))
    ).toBe(true)
  })

  test('SIGINT and SIGQUIT end the run like SIGTERM', async () => {
    for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
      const command = commands.start({ worker: { command: ['sleep', '60'] } })
      await command.event('node-started', 'worker')
      command.signal(signal)
      expect((await command.exit()).code).toBe(0)
      expect(command.events.at(-1)?.message).toContain(`asked to by ${signal}`)
    }
  })
})

describe('what children start with', () => {
  test('an empty mask and default dispositions, whatever the supervisor was started with; nothing of it in their environment', async () => {
    const command = commands.start({ worker: { command: [fixture('report-signals.sh')], restart: 'never' } }, [], {
      wrapper: ['sh', '-c', 'trap "" INT PIPE HUP USR1; exec "$@"', 'sh'],
      env: { NOTIFY_SOCKET: '/no/such/socket', WATCHDOG_USEC: '1000000', LISTEN_FDS: '1' }
    })
    await command.exit()
    const status = command.of('output', 'worker').map((event) => event.message)
    expect(status.find((line) => line.startsWith('SigBlk'))).toMatch(/\t0{16}$/)
    expect(status.find((line) => line.startsWith('SigIgn'))).toMatch(/\t0{16}$/)
  })

  test('a session and group of their own, and an environment without what is between a service manager and the supervisor', async () => {
    const command = commands.start({ worker: { command: ['sh', '-c', 'env; echo "ready $$"; sleep 60'] } }, [], {
      env: { NOTIFY_SOCKET: '/no/such/socket', WATCHDOG_USEC: '1000000', LISTEN_FDS: '1', TSUPERVISE_LOG_FILE: 'none.log' }
    })
    await command.line('worker', /^ready/)
    const { pid } = command.leader('worker')
    expect(statFields(pid)).toMatchObject({ pgid: pid, sid: pid })
    expect(commandLineOf(pid)[0]).toBe('sh')
    const names = command.of('output', 'worker').map((event) => event.message.split('=')[0] ?? '')
    expect(names).toContain('TSUPERVISE_TREE')
    expect(names.filter((name) => /^(NOTIFY_SOCKET|WATCHDOG_|LISTEN_|TSUPERVISE_LOG)/.test(name))).toEqual([])
  })
})
