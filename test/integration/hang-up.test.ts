import { readFileSync, readlinkSync } from 'node:fs'
import { afterEach, describe, expect, test } from 'vitest'
import { COMMAND, fixture, RunningCommand } from '../helpers/command.ts'
import { identityOf, isAlive } from '../helpers/processes.ts'
import { openPty, type Pty } from '../helpers/pty.ts'
import { waitUntil } from '../helpers/wait-until.ts'

/** The command in a terminal, and what it wrote into its log file. */
class InTerminal {
  readonly #made = new RunningCommand()
  readonly #file = `${this.#made.folder}/run.log`
  readonly pty: Pty

  constructor(args: readonly string[], environment: NodeJS.ProcessEnv, more: object) {
    const configuration = { name: 'terminal', worker: { command: [fixture('report-all-signals.py')] }, log: { file: this.#file }, ...more }
    const file = this.#made.file('tsupervise.json', JSON.stringify(configuration))
    this.pty = openPty({
      command: process.execPath,
      args: [COMMAND, '--config', file, ...args],
      cwd: this.#made.folder,
      env: { ...this.#made.processes.environment, TSUPERVISE_STATE_DIR: this.#made.stateFolder, CI: '', LC_ALL: 'C.UTF-8', ...environment }
    })
  }

  events(name: string): Record<string, unknown>[] {
    return this.#log()
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))
      .filter(({ event }) => event === name)
  }

  async event(name: string, count = 1): Promise<Record<string, unknown>> {
    return waitUntil(
      () => this.events(name)[count - 1],
      () => `${name} #${count}; log:\n${this.#log()}\nscreen:\n${this.pty.screen.text()}`
    )
  }

  /** What the worker said, in order. */
  said = (): unknown[] => this.events('output').map(({ message }) => message)

  async line(text: string): Promise<void> {
    await waitUntil(
      () => this.said().some((line) => String(line).startsWith(text)),
      () => `${text}; it said ${JSON.stringify(this.said())}`
    )
  }

  async dispose(): Promise<string[]> {
    this.pty.close()
    return this.#made.dispose()
  }

  #log(): string {
    try {
      return readFileSync(this.#file, 'utf8')
    } catch {
      return '' // not there yet
    }
  }
}

const streamsOf = (pid: number): string[] => [0, 1, 2].map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))

describe.each([
  ['with a screen', [], {}],
  ['without one', ['--no-ui'], {}],
  ['without native calls', [], { TSUPERVISE_NATIVE: '0' }]
])('a terminal that hangs up, %s', (_name, args, environment) => {
  const open: InTerminal[] = []
  const start = (more: object = {}): InTerminal => {
    const command = new InTerminal(args, environment, more)
    open.push(command)
    return command
  }
  afterEach(async () => {
    for (const command of open.splice(0)) await command.dispose()
  })

  test('the supervisor goes on, its standard streams are on /dev/null, and the worker gets none of the signals of the hang-up', async () => {
    const command = start()
    const { pty } = command
    await command.line('ready')
    const worker = identityOf(Number((await command.event('node-started'))['leaderPid']))
    expect(streamsOf(pty.pid).every((path) => path.startsWith('/dev/pts/'))).toBe(true) // negative control
    pty.hangUp()
    await waitUntil(
      () => streamsOf(pty.pid).every((path) => path === '/dev/null'),
      () => `the streams: ${streamsOf(pty.pid)}`
    )
    if (args.length === 0) await command.event('interface-lost')
    process.kill(pty.pid, 'SIGUSR1') // is passed on, after whatever came before
    await command.line('got SIGUSR1')
    expect(command.said().filter((line) => String(line).startsWith('got'))).toEqual(['got SIGUSR1'])
    expect(worker && isAlive(worker)).toBe(true)
    process.kill(pty.pid, 'SIGTERM')
    expect((await command.event('supervisor-ended'))['code']).toBe(0)
  })

  test('onHangup: stop ends the run, with the grace that a stop has', async () => {
    const command = start({ onHangup: 'stop' })
    await command.line('ready')
    command.pty.hangUp()
    const ended = await command.event('supervisor-ended')
    expect([ended['code'], ended['reason']]).toEqual([0, 'asked to by the hang-up of the terminal'])
    expect((await command.event('node-exited'))['exitCode']).toBe(143) // by its own handler of SIGTERM: it was not killed
  })
})

describe('keep running, where no shell waits', () => {
  let command: InTerminal
  afterEach(() => command.dispose())

  test('takes the screen away and says how it comes back; what hangs up afterwards stops nothing, whatever onHangup says', async () => {
    command = new InTerminal([], {}, { onHangup: 'stop' })
    const { pty } = command
    await command.line('ready')
    await pty.waitFor((text) => text.includes('q quit'), 'the screen')
    pty.type('q')
    await pty.waitFor((text) => text.includes('keep running without the screen'), 'the question')
    pty.type('k')
    await pty.waitFor((text) => text.includes('goes on without its screen') && !pty.screen.alternate, 'the farewell')
    expect(pty.screen.text()).toMatch(/tsupervise attach brings it back/)
    pty.hangUp()
    await waitUntil(
      () => streamsOf(pty.pid).every((path) => path === '/dev/null'),
      () => `the streams: ${streamsOf(pty.pid)}`
    )
    process.kill(pty.pid, 'SIGUSR1')
    await command.line('got SIGUSR1')
    expect(command.events('shutdown-started')).toEqual([])
    process.kill(pty.pid, 'SIGTERM')
    expect((await command.event('supervisor-ended'))['code']).toBe(0)
  })
})
