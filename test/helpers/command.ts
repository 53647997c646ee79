import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { TestProcesses } from './processes.ts'
import { waitUntil } from './wait-until.ts'

export const ROOT = resolve(import.meta.dirname, '../..')
export const COMMAND = join(ROOT, 'bin/tsupervise.js')
export const fixture = (name: string): string => join(ROOT, 'test/fixtures', name)

/** A line of the JSON log. */
export interface LoggedEvent {
  readonly event: string
  readonly node?: string
  readonly pid?: number
  readonly message: string
  readonly mono: number
  readonly [field: string]: unknown
}

/** The built command, headless, with what it logged so far; everything it started is found and ended with `dispose`. */
export class RunningCommand {
  readonly folder = mkdtempSync(join(tmpdir(), 'tsupervise-test-'))
  readonly processes = new TestProcesses()
  readonly events: LoggedEvent[] = []
  stderr = ''
  child: ChildProcess | undefined
  #exit: { code: number | null; signal: NodeJS.Signals | null } | undefined
  #rest = ''

  /** Starts it with a configuration (as the YAML file would have it); more arguments come behind. */
  static start(configuration: object, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): RunningCommand {
    const command = new RunningCommand()
    const file = join(command.folder, 'tsupervise.json')
    writeFileSync(file, JSON.stringify({ name: 'test', ...configuration }), { mode: 0o600 })
    command.launch(['--no-ui', '--log-format', 'json', '--config', file, ...args], env)
    return command
  }

  launch(args: readonly string[], env: NodeJS.ProcessEnv = {}): void {
    this.child = this.processes.spawn(process.execPath, [COMMAND, ...args], {
      cwd: this.folder,
      env: { XDG_STATE_HOME: join(this.folder, 'state'), XDG_CONFIG_HOME: join(this.folder, 'config'), ...env },
      stdio: ['ignore', 'pipe', 'pipe']
    })
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#take(text))
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    this.child.on('close', (code, signal) => {
      this.#exit = { code, signal }
    })
  }

  get pid(): number {
    if (this.child?.pid === undefined) throw new Error('the command was not started')
    return this.child.pid
  }

  of(event: string, node?: string): LoggedEvent[] {
    return this.events.filter((logged) => logged.event === event && (node === undefined || logged.node === node))
  }

  /** Waits for the `count`-th event of this type (of this node), and gives it. */
  async event(event: string, node?: string, count = 1, timeoutMs?: number): Promise<LoggedEvent> {
    return waitUntil(
      () => this.of(event, node)[count - 1],
      () => `${event} ${node ?? ''} #${count}; exit ${JSON.stringify(this.#exit)}; stderr: ${this.stderr.slice(-500)}; log:\n${this.log()}`,
      timeoutMs
    )
  }

  /** The last lines, as a failing test shows them. */
  log(): string {
    return this.events
      .slice(-25)
      .map((logged) => `${logged.mono} ${logged.event} ${logged.node ?? ''} ${logged.message}`)
      .join('\n')
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal)
  }

  /** Waits for the end and gives its status. */
  async exit(timeoutMs?: number): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    return waitUntil(() => this.#exit, () => `the end of the command; stderr: ${this.stderr.slice(-500)}; log:\n${this.log()}`, timeoutMs)
  }

  /** Ends everything of this test; gives how many processes had been left over by then. */
  async dispose(): Promise<number> {
    this.signal('SIGKILL')
    if (this.child !== undefined) await this.exit()
    const left = this.processes.cleanUp().length
    await waitUntil(() => {
      this.processes.cleanUp()
      return this.processes.alive().length === 0
    }, 'everything of the test to be gone')
    rmSync(this.folder, { recursive: true, force: true })
    return left
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.events.push(JSON.parse(line) as LoggedEvent)
  }
}
