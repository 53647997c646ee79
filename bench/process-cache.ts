import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Starts } from './harness/starts.ts'
import { figure, median } from './harness/statistics.ts'
import { bundledNode, entry } from './harness/supervisors.ts'
import { printTable } from './harness/table.ts'
import { cpuMs, cpuRate, residentBytes } from './harness/usage.ts'

const STARTS = 9
const IDLE_SECONDS = 10

const measure = (what: string): Readonly<Record<string, number>> => {
  const script = join(import.meta.dirname, 'process-cache/measure.ts')
  const output = execFileSync(process.execPath, [script, what], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  return JSON.parse(output.trim().split('\n').at(-1) ?? '{}')
}

const value = (figures: Readonly<Record<string, number>>, name: string): string => figure(figures[name] ?? Number.NaN)

/** What the process cache costs: for each process that comes and goes, at rest, and in memory. */
export async function benchProcessCache(): Promise<void> {
  const [bare, cached] = [measure('storm-bare'), measure('storm-cached')]
  printTable(
    'CPU for each fork, exec and exit in a managed tree, 5,000 in a row',
    ['', 'us', 'records', 'processes/s'],
    [
      ['process table alone', value(bare, 'us'), '-', value(bare, 'perSecond')],
      ['with the process cache', value(cached, 'us'), value(cached, 'lines'), value(cached, 'perSecond')]
    ]
  )
  const [still, following, scanning] = [measure('idle-bare'), measure('idle-cached'), measure('idle-scanned')]
  printTable(
    'CPU beside a managed tree of 100 that sleep, refreshed once a second',
    ['', 'ms/s', 'processes of the host'],
    [
      ['process table alone', value(still, 'msASecond'), value(still, 'processes')],
      ['with the process cache', value(following, 'msASecond'), value(following, 'processes')],
      ['with a full scan a second instead', value(scanning, 'msASecond'), value(scanning, 'processes')]
    ]
  )
  const operations = measure('operations')
  const memory = measure('memory')
  printTable(
    'The cache itself, 65,536 images',
    ['add /s', 'look up /s', 'drop /s', 'bytes an image', 'bytes a clone', 'MB when full', 'us to read a process'],
    [
      [
        ...['add', 'get', 'drop'].map((name) => value(operations, name)),
        value(memory, 'own'),
        value(memory, 'shared'),
        figure(((memory['own'] ?? Number.NaN) * 65_536) / 2 ** 20),
        value(measure('reading'), 'us')
      ]
    ]
  )
  await benchCommand()
}

interface Row {
  readonly events: string
  readonly startMs: number[]
  readonly startCpuMs: number[]
  readonly bytes: number[]
  readonly cpu: number[]
}

/** The whole command, headless, with the cache and without: in turns. */
async function benchCommand(): Promise<void> {
  const rows = ['off', 'managed'].map((events): Row => ({ events, startMs: [], startCpuMs: [], bytes: [], cpu: [] }))
  for (let round = 0; round < STARTS; round++) for (const row of rows) await start(row, round < 3)
  printTable(
    `The command, headless, one sleeping worker (median of ${STARTS})`,
    ['--process-events', 'start to worker alive, ms', 'CPU of that, ms', 'resident MB', 'CPU at rest, ms/s'],
    rows.map(({ events, startMs, startCpuMs, bytes, cpu }) => [
      events,
      figure(median(startMs)),
      figure(median(startCpuMs)),
      figure(median(bytes) / 2 ** 20),
      figure(median(cpu))
    ])
  )
}

async function start(row: Row, rest: boolean): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tsupervise-bench-'))
  const starts = new Starts(folder)
  const config = join(folder, 'tsupervise.json')
  writeFileSync(config, JSON.stringify({ name: 'bench', worker: { command: starts.command }, processes: { events: row.events } }), {
    mode: 0o600
  })
  const at = performance.now()
  const env = { ...process.env, TSUPERVISE_STATE_DIR: join(folder, 'state') }
  const child = spawn(bundledNode, [entry, '--no-ui', '--config', config], { stdio: 'ignore', env })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  try {
    row.startMs.push((await starts.next()).at - at)
    row.startCpuMs.push(cpuMs(child.pid ?? 0))
    await pause(1500)
    row.bytes.push(residentBytes(child.pid ?? 0))
    if (rest) row.cpu.push(await cpuRate(child.pid ?? 0, IDLE_SECONDS))
  } finally {
    child.kill('SIGTERM')
    await ended
    starts.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
