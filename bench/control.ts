import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { LedgerEntry } from '../src/core/receipt.ts'
import { ask, StreamReader } from '../test/helpers/control.ts'
import { figure, median, quantile } from './harness/statistics.ts'
import { bundledNode, entry } from './harness/supervisors.ts'
import { printTable } from './harness/table.ts'
import { cpuMs, residentBytes } from './harness/usage.ts'

const NODES = 1000
const QUESTIONS = 15
const SECONDS = 20
const FLOOD_SECONDS = 60
const FLOOD_RATE = 2000
const INTERVAL_MS = 1000

const flooding = resolve(import.meta.dirname, '../test/fixtures/flooding-run.ts')
const sleeping = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`node-${at}`, { command: ['sleep', '100000'] }]))
const mebibytes = (bytes: number): string => figure(bytes / 2 ** 20)

interface Running {
  readonly child: ChildProcess
  readonly pid: number
  readonly socket: string
  stop(): Promise<void>
}

async function start(program: string, configuration: object, env: NodeJS.ProcessEnv = {}): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'tsupervise-bench-'))
  const config = join(folder, 'tsupervise.json')
  const socket = join(folder, 'c.sock')
  writeFileSync(config, JSON.stringify({ name: 'bench', ...configuration }), { mode: 0o600 })
  const child = spawn(bundledNode, [program, '--no-ui', '--config', config, '--control-socket', socket], {
    stdio: 'ignore',
    env: { ...process.env, TSUPERVISE_STATE_DIR: join(folder, 'state'), ...env }
  })
  const ended = new Promise((done) => child.once('exit', done))
  const running = {
    child,
    pid: child.pid ?? 0,
    socket,
    async stop() {
      child.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true })
    }
  }
  for (;;) {
    const answer = await ask(socket, '/healthz').catch(() => undefined)
    if (answer?.status === 200) return running
    if (child.exitCode !== null) throw new Error(`the supervisor ended with ${child.exitCode}`)
    await pause(50)
  }
}

/** How long an answer takes, median, and how long it is. */
async function question(socket: string, path: string): Promise<string[]> {
  const took: number[] = []
  let bytes = 0
  for (let turn = 0; turn < QUESTIONS; turn++) {
    const at = performance.now()
    bytes = (await ask(socket, path)).text.length
    took.push(performance.now() - at)
    await pause(200)
  }
  return [`GET ${path}`, figure(median(took)), figure(quantile(took, 1)), figure(bytes / 1024)]
}

async function benchManyNodes(): Promise<void> {
  const running = await start(entry, { extensions: sleeping(NODES) })
  try {
    for (;;) {
      const { text } = await ask(running.socket, '/metrics')
      if ((text.match(/^tsupervise_node_ready\{.*\} 1$/gm)?.length ?? 0) === NODES) break
      await pause(500)
    }
    await pause(10_000)
    const rows = [
      await question(running.socket, '/v1/state'),
      await question(running.socket, '/v1/nodes/node-7'),
      await question(running.socket, '/metrics'),
      await question(running.socket, '/v1/events?most=1000')
    ]
    printTable(`Control API over ${NODES} nodes`, ['', 'ms, median', 'ms, longest', 'KiB'], rows)
  } finally {
    await running.stop()
  }
}

interface Attached {
  readonly latencies: number[]
  readonly readers: readonly StreamReader[]
}

/** Readers of all events; from the wording of each event that was made for it, how old it is when it arrives. */
async function attach(socket: string, count: number): Promise<Attached> {
  const latencies: number[] = []
  const readers = Array.from({ length: count }, () => new StreamReader(socket, '/v1/events/stream'))
  for (const reader of readers) await reader.until(() => reader.of('snapshot').length === 1, 'the snapshot')
  const [first] = readers
  if (first !== undefined) {
    first.onMessage = ({ data }) => {
      const now = performance.timeOrigin + performance.now()
      const at = /made \d+ at ([\d.]+)/.exec(data)?.[1]
      if (at !== undefined) latencies.push(now - Number(at))
    }
  }
  return { latencies, readers }
}

async function attachedRow(rate: number, clients: number): Promise<string[]> {
  const running = await start(
    flooding,
    { watchdog: { interval: `${INTERVAL_MS}ms` }, extensions: sleeping(10) },
    { EVENTS_A_SECOND: String(rate) }
  )
  try {
    await pause(2000)
    const { readers, latencies } = await attach(running.socket, clients)
    latencies.length = 0
    const bytes = readers[0]?.bytes ?? 0
    const cpu = cpuMs(running.pid)
    const at = performance.now()
    await pause(SECONDS * 1000)
    const seconds = (performance.now() - at) / 1000
    const row = [
      String(rate),
      String(clients),
      figure((cpuMs(running.pid) - cpu) / seconds),
      mebibytes(residentBytes(running.pid)),
      clients === 0 ? '-' : figure(((readers[0]?.bytes ?? 0) - bytes) / seconds / 1024),
      figure(quantile(latencies, 0.5)),
      figure(quantile(latencies, 0.99))
    ]
    for (const reader of readers) reader.close()
    return row
  } finally {
    await running.stop()
  }
}

async function benchAttached(): Promise<void> {
  const rows: string[][] = []
  for (const rate of [1, 100, FLOOD_RATE]) for (const clients of [0, 1, 10]) rows.push(await attachedRow(rate, clients))
  printTable(
    `Attached clients: 10 trees, a check a second, and events besides, for ${SECONDS} s`,
    ['events/s', 'clients', 'CPU ms/s', 'resident MB', 'KiB/s to each', 'event to reader ms, p50', 'p99'],
    rows
  )
}

async function benchFlood(): Promise<void> {
  const running = await start(
    flooding,
    { watchdog: { interval: `${INTERVAL_MS}ms` }, extensions: sleeping(1) },
    { EVENTS_A_SECOND: String(FLOOD_RATE) }
  )
  try {
    const before = residentBytes(running.pid)
    const { readers, latencies } = await attach(running.socket, 10)
    const [, stalled] = readers
    stalled?.pause()
    let most = before
    for (let second = 0; second < FLOOD_SECONDS; second++) {
      await pause(1000)
      most = Math.max(most, residentBytes(running.pid))
    }
    const { json } = await ask(running.socket, '/v1/nodes/node-0')
    const late = (json['ledger'] as LedgerEntry[]).slice(1).map(({ intervalMs }) => intervalMs - INTERVAL_MS)
    const dropped = readers.filter((reader) => reader !== stalled && reader.of('dropped').length > 0).length
    stalled?.resume()
    await stalled?.until(() => stalled.ended, 'its end')
    printTable(
      `${FLOOD_SECONDS} s of ${FLOOD_RATE} events a second to 10 clients, one of them stalled`,
      ['resident MB before', 'most', 'latest check ms', 'event to reader ms, p50', 'p99', 'the stalled one', 'others dropped'],
      [
        [
          mebibytes(before),
          mebibytes(most),
          figure(Math.max(...late)),
          figure(quantile(latencies, 0.5)),
          figure(quantile(latencies, 0.99)),
          stalled?.messages.at(-1)?.event === 'dropped' ? 'dropped and told' : 'NOT TOLD',
          String(dropped)
        ]
      ]
    )
    for (const reader of readers) reader.close()
  } finally {
    await running.stop()
  }
}

/** What a control socket with many readers costs, and how soon they know. */
export async function benchControl(): Promise<void> {
  await benchManyNodes()
  await benchAttached()
  await benchFlood()
}
