import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createSystemClock } from '../../src/core/clock.ts'
import type { EventBody, EventType } from '../../src/core/events.ts'
import { createDescriptorBudget } from '../../src/core/linux/descriptors.ts'
import type { SocketMode } from '../../src/core/linux/unix-listener.ts'
import type { ProcessTable } from '../../src/core/ports.ts'
import type { Identity } from '../../src/core/process/identity.ts'
import { createProcessTable } from '../../src/core/process/table.ts'
import { listenEarly } from '../../src/core/reaper/early.ts'
import { encodeMessage } from '../../src/core/reaper/protocol.ts'
import { createReaper, type Reaper, type ReaperOptions } from '../../src/core/reaper/reaper.ts'
import { createSignaller } from '../../src/core/stop/signal.ts'
import { fixture } from '../helpers/command.ts'
import { identityOf, TestProcesses } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'

export const REGISTER = 1
export const UNREGISTER = 2
export const PING = 3

type Told<T extends EventType> = Extract<EventBody, { type: T }>

/** A real reaper of this process on a real socket, and what it told. */
export class Reaping {
  readonly folder = mkdtempSync(join(tmpdir(), 'tsupervise-orphans-'))
  readonly processes = new TestProcesses()
  readonly told: EventBody[] = []
  readonly address: string
  reaper: Reaper | undefined
  #table: ProcessTable | undefined
  #clients: Socket[] = []
  #receipts = 0

  constructor(address?: string) {
    this.address = address ?? join(this.folder, 'orphan.sock')
  }

  get journal(): string {
    return join(this.folder, 'journal')
  }

  async start(options: Partial<ReaperOptions> = {}, mode: SocketMode = 0o600): Promise<this> {
    const listening = await listenEarly({ address: this.address, mode })
    if (!listening.ok) throw new Error(listening.error.message)
    const clock = createSystemClock()
    this.#table ??= createProcessTable({ sampler: 'auto', clock })
    const table = this.#table
    this.reaper = createReaper({
      clock,
      signaller: createSignaller({ pidfds: options.pidfds ?? 'auto' }),
      inspect: (pid) => table.inspect(pid),
      redact: (text) => text,
      nextReceiptId: () => ++this.#receipts,
      managed: async () => [],
      emit: (body) => void this.told.push(body),
      budget: createDescriptorBudget(20_000),
      listening: listening.value,
      address: this.address,
      journalPath: this.journal,
      policy: { signal: 'SIGTERM', graceMs: 5000, scope: 'tree', mode: 'act' },
      intervalMs: 50,
      compareStartTimes: true,
      verbosity: 3,
      guardianMark: 'tsupervise-guardian',
      ...options
    })
    this.reaper.start()
    return this
  }

  of<T extends EventType>(type: T): Told<T>[] {
    return this.told.filter((body): body is Told<T> => body.type === type)
  }

  async event<T extends EventType>(type: T, count = 1): Promise<Told<T>> {
    return waitUntil(
      () => this.of(type)[count - 1],
      () => `${type} #${count}; told: ${JSON.stringify(this.told.slice(-5))}`
    )
  }

  /** A process that holds a child (and whatever `script` makes) until it is ended; both as they are now. */
  async family(
    script = 'sleep 1000 & echo $!',
    options: SpawnOptions = {}
  ): Promise<{ parent: Identity; child: Identity; process: ChildProcess }> {
    const process = this.processes.spawn('sh', ['-c', `${script}; exec sleep 1000`], { stdio: ['ignore', 'pipe', 'inherit'], ...options })
    const [line] = (await once(process.stdout ?? process, 'data')) as [Buffer]
    const parent = identityOf(process.pid ?? 0)
    const child = identityOf(Number(line.toString().trim().split('\n').at(-1)))
    if (parent === undefined || child === undefined) throw new Error(`no family: ${line}`)
    return { parent, child, process }
  }

  /** A client inside this process. */
  async client(): Promise<Socket> {
    const socket = connect(this.address.replace(/^@/, '\0'))
    this.#clients.push(socket)
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    return socket
  }

  /** Sends one message; everything before is handled once the echo of a ping is back. */
  async send(parent: number, child: number, code: number): Promise<void> {
    const socket = await this.client()
    const ping = encodeMessage({ parent: 1, child: 0xffffffff, code: PING })
    socket.write(Buffer.concat([encodeMessage({ parent, child, code }), ping]))
    const expected = Buffer.concat(code === PING ? [encodeMessage({ parent, child, code }), ping] : [ping])
    const echo = await readBytes(socket, expected.length)
    if (!echo.equals(expected)) throw new Error(`another echo: ${echo.toString('hex')}`)
    socket.destroy()
  }

  /** A client of its own process, through words before its command such as setpriv. */
  async script(wrapper: readonly string[] = [], options: SpawnOptions = {}): Promise<ScriptedClient> {
    const [first = '', ...words] = [...wrapper, '/usr/bin/perl', fixture('orphan-client.pl')]
    const process = this.processes.spawn(first, words, {
      stdio: ['pipe', 'pipe', 'inherit'],
      ...options,
      env: { ORPHAND_SOCKET: this.address, ...options.env }
    })
    const client = new ScriptedClient(process)
    await client.line('connected')
    return client
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.destroy()
    await this.reaper?.close()
    this.reaper = undefined
  }

  async dispose(): Promise<void> {
    await this.close()
    this.#table?.close()
    await waitUntil(() => {
      this.processes.cleanUp()
      return this.processes.alive().length === 0
    }, 'everything of the test to be gone')
    rmSync(this.folder, { recursive: true, force: true })
  }
}

export class ScriptedClient {
  readonly process: ChildProcess
  readonly lines: string[] = []

  constructor(process: ChildProcess) {
    this.process = process
    // it may be ended while it is told something
    process.stdin?.on('error', () => undefined)
    if (process.stdout !== null) createInterface({ input: process.stdout }).on('line', (line) => void this.lines.push(line))
  }

  get pid(): number {
    return this.process.pid ?? 0
  }

  async line(start: string): Promise<string> {
    const at = this.lines.length
    return waitUntil(
      () =>
        this.lines.slice(Math.max(0, at - 1)).find((line) => line.startsWith(start)) ?? this.lines.find((line) => line.startsWith(start)),
      () => `a line '${start}'; lines: ${this.lines.join(' | ')}`
    )
  }

  /** Gives an order and waits for its answer. */
  async order(text: string): Promise<string> {
    const before = this.lines.length
    this.process.stdin?.write(`${text}\n`)
    return waitUntil(() => this.lines[before], `an answer to ${text}`)
  }

  async send(parent: number | string, child: number | string, code: number): Promise<void> {
    await this.order(`${parent} ${child} ${code}`)
    const answer = await this.order('ping')
    if (answer !== 'pong') throw new Error(`the ping was answered with ${answer}`)
  }

  async end(): Promise<void> {
    const exit = once(this.process, 'exit')
    this.process.stdin?.write('end\n')
    await exit
  }
}

/** The next bytes of a socket, at least so many. */
export function readBytes(socket: Socket, count: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  return new Promise((resolve, reject) => {
    const early = (): void => reject(new Error(`the connection ended after ${length} of ${count} bytes`))
    const take = (chunk: Buffer): void => {
      chunks.push(chunk)
      length += chunk.length
      if (length < count) return
      socket.off('data', take).off('close', early).pause()
      resolve(Buffer.concat(chunks))
    }
    socket.on('data', take).on('close', early).resume()
  })
}
