import type { ChildProcess, StdioOptions } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Identity } from '../../src/core/process/identity.ts'
import { childrenOf, commandLineOf } from './proc.ts'
import { identityOf, TestProcesses } from './processes.ts'
import { waitUntil } from './wait-until.ts'

export const ROOT = resolve(import.meta.dirname, '../..')
export const COMMAND = join(ROOT, 'bin/tsupervise.js')
export const fixture = (name: string): string => join(ROOT, 'test/fixtures', name)

/** A ps of the portable sampler, or a hook, may be at its end when the run is. */
const LEAVING_MS = 500

/** A line of the JSON log. */
export interface LoggedEvent {
  readonly event: string
  readonly node?: string
  readonly pid?: number
  readonly message: string
  readonly mono: number
  readonly [field: string]: unknown
}

/** How the command is started, where that is not as usual. */
export interface StartOptions {
  /** Words before `node tsupervise.js`; what they start must become the command by exec. */
  readonly wrapper?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  /** Another file than the command itself. */
  readonly program?: string
  readonly stdio?: StdioOptions
  /** Who owns the folder and the configuration. */
  readonly owner?: { readonly uid: number; readonly gid: number }
}

/** The built command, headless, with what it logged so far; everything it started is found and ended with `dispose`. */
export class RunningCommand {
  readonly folder = mkdtempSync(join(tmpdir(), 'tsupervise-test-'))
  readonly stateFolder = join(this.folder, 'state')
  readonly processes = new TestProcesses()
  readonly events: LoggedEvent[] = []
  /** What it wrote on stdout that is no event. */
  readonly lines: string[] = []
  stderr = ''
  child: ChildProcess | undefined
  #exit: { code: number | null; signal: NodeJS.Signals | null } | undefined
  #rest = ''

  /** Starts it with a configuration (as the YAML file would have it); more arguments come behind. */
  static start(configuration: object, args: readonly string[] = [], options: StartOptions = {}): RunningCommand {
    const command = new RunningCommand()
    const file = command.file('tsupervise.json', JSON.stringify({ name: 'test', ...configuration }))
    if (options.owner !== undefined) for (const path of [command.folder, file]) chownSync(path, options.owner.uid, options.owner.gid)
    command.launch(['--no-ui', '--log-format', 'json', '--config', file, ...args], options)
    return command
  }

  /** Writes a file into the folder of this test and gives its path. */
  file(name: string, text: string, mode = 0o600): string {
    const path = join(this.folder, name)
    mkdirSync(resolve(path, '..'), { recursive: true })
    writeFileSync(path, text)
    chmodSync(path, mode)
    return path
  }

  launch(args: readonly string[], options: StartOptions = {}): void {
    const { wrapper = [], program = COMMAND, env, stdio = ['ignore', 'pipe', 'pipe'] } = options
    const [first = '', ...words] = [...wrapper, process.execPath, program, ...args]
    this.child = this.processes.spawn(first, words, {
      cwd: this.folder,
      env: {
        TSUPERVISE_STATE_DIR: this.stateFolder,
        TSUPERVISE_CONTROL_SOCKET: 'none',
        XDG_CONFIG_HOME: join(this.folder, 'config'),
        ...env
      },
      stdio
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

  /** Its end has been seen. */
  get hasEnded(): boolean {
    return this.#exit !== undefined
  }

  of(event: string, node?: string): LoggedEvent[] {
    return this.events.filter((logged) => logged.event === event && (node === undefined || logged.node === node))
  }

  /** Names of the events in order, of one node where one is given. */
  story(node?: string): string[] {
    return this.events.filter((logged) => node === undefined || logged.node === node).map((logged) => logged.event)
  }

  /** Waits for the `count`-th event of this type (of this node), and gives it. */
  async event(event: string, node?: string, count = 1, timeoutMs?: number): Promise<LoggedEvent> {
    return this.until(() => this.of(event, node)[count - 1], `${event} ${node ?? ''} #${count}`, timeoutMs)
  }

  /** Waits for a line of a node's output that matches, and gives it; the start of the node may be told a moment after it. */
  async line(node: string, pattern: RegExp): Promise<string> {
    const found = await this.until(
      () => this.of('output', node).find((logged) => pattern.test(logged.message)),
      `a line of ${node} like ${pattern}`
    )
    await this.event('node-started', node)
    return found.message
  }

  /** Waits for a condition; what was logged instead is in the error. */
  async until<T>(condition: () => T | Promise<T>, what: string, timeoutMs?: number): Promise<NonNullable<Exclude<T, false>>> {
    const seen = (): string => `exit ${JSON.stringify(this.#exit)}; stderr: ${this.stderr.slice(-500)}; log:\n${this.log()}`
    return waitUntil(condition, () => `${what}; ${seen()}`, timeoutMs)
  }

  /** The leader of the newest life of a node. */
  leader(node: string): Identity {
    const started = this.of('node-started', node).at(-1)
    if (started === undefined) throw new Error(`${node} was never started`)
    return { pid: Number(started['leaderPid']), startTime: Number(started['leaderStartTime']) }
  }

  /** The process that acts when the supervisor is killed. */
  guardian(): Identity | undefined {
    const pid = childrenOf(this.pid).find((child) => commandLineOf(child).includes('tsupervise-guardian'))
    return pid === undefined ? undefined : identityOf(pid)
  }

  /** The event file so far, whole events as they were written. */
  eventFile(): Record<string, unknown>[] {
    const text = readFileSync(join(this.stateFolder, 'events.jsonl'), 'utf8')
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
  }

  /** The last lines, as a failing test shows them. */
  log(): string {
    return this.events
      .slice(-25)
      .map((logged) => `${logged.mono} ${logged.event} ${logged.node ?? ''} ${String(logged.message).slice(0, 400)}`)
      .join('\n')
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal)
  }

  /** Waits for the end and gives its status. */
  async exit(timeoutMs?: number): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    return this.until(() => this.#exit, 'the end of the command', timeoutMs)
  }

  /** Asks it to end with SIGTERM, and waits for the end. */
  async stop(): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    this.signal('SIGTERM')
    return this.exit()
  }

  /** Ends everything of this test; gives the command lines of what had been left over by then and does not end by itself at once, as ps does. */
  async dispose(): Promise<string[]> {
    const deadline = performance.now() + (this.hasEnded ? LEAVING_MS : 0)
    this.signal('SIGKILL')
    if (this.child !== undefined) await this.exit()
    while (this.processes.alive().length > 0 && performance.now() < deadline) await pause(20)
    const left = this.processes.alive().map(({ pid }) => commandLineOf(pid).join(' '))
    await waitUntil(() => {
      this.processes.cleanUp()
      return this.processes.alive().length === 0
    }, 'everything of the test to be gone')
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
    return left
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line.startsWith('{')) this.events.push(JSON.parse(line) as LoggedEvent)
      else this.lines.push(line)
    }
  }
}
