import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { spawn as spawnPty } from '@lydell/node-pty'
import { figure, median } from './harness/statistics.ts'
import { bundledNode } from './harness/supervisors.ts'
import { printTable } from './harness/table.ts'
import { cpuMs, cpuRate, residentBytes } from './harness/usage.ts'

const root = resolve(import.meta.dirname, '..')
const TREES = 10
const PROCESSES_A_TREE = 10
const SECONDS = 20

/** Ten trees of ten processes: a shell with nine sleeping children each. */
function configuration(folder: string): string {
  const tree = `i=1; while [ $i -lt ${PROCESSES_A_TREE} ]; do sleep 100000 & i=$((i+1)); done; wait`
  const names = Array.from({ length: TREES }, (_, index) => `tree-${index}`)
  const path = join(folder, 'trees.json')
  writeFileSync(
    path,
    JSON.stringify({
      name: 'bench',
      watchdog: { interval: '1s' },
      extensions: Object.fromEntries(names.map((name) => [name, { command: ['/bin/sh', '-c', tree] }]))
    })
  )
  return path
}

const command = (config: string, ...more: string[]): string[] => [join(root, 'bin/tsupervise.js'), '--config', config, ...more]

async function headlessRate(config: string): Promise<{ cpu: number; bytes: number }> {
  const child = spawn(bundledNode, command(config, '--no-ui'), { stdio: 'ignore' })
  try {
    await new Promise((done) => setTimeout(done, 4000))
    return { cpu: await cpuRate(child.pid ?? 0, SECONDS), bytes: residentBytes(child.pid ?? 0) }
  } finally {
    await ended(child)
  }
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((done) => {
    child.once('exit', () => done())
    child.kill('SIGTERM')
  })
}

interface Screen {
  /** From the start to the first byte that draws a row, ms. */
  readonly firstFrameMs: number
  /** CPU ms a second, and bytes a second, once settled. */
  readonly cpu: number
  readonly bytesASecond: number
  readonly residentBytes: number
}

/** Runs a full-screen program in a terminal of 120 by 40 and measures what it costs; `shows` tells its first real frame. */
async function measureScreen(file: string, args: readonly string[], shows: string, quit: string): Promise<Screen> {
  const at = performance.now()
  const pty = spawnPty(file, [...args], {
    cols: 120,
    rows: 40,
    name: 'xterm-256color',
    env: { ...process.env, TERM: 'xterm-256color', LANG: 'C.UTF-8' }
  })
  let seen = ''
  let bytes = 0
  let firstFrameMs = Number.NaN
  pty.onData((data) => {
    bytes += Buffer.byteLength(data)
    if (!Number.isNaN(firstFrameMs)) return
    seen += data
    if (seen.includes(shows)) firstFrameMs = performance.now() - at
  })
  const exit = new Promise<void>((done) => pty.onExit(() => done()))
  await new Promise((done) => setTimeout(done, 4000))
  const before = { bytes, cpu: cpuMs(pty.pid), at: performance.now() }
  await new Promise((done) => setTimeout(done, SECONDS * 1000))
  const seconds = (performance.now() - before.at) / 1000
  const screen = {
    firstFrameMs,
    cpu: (cpuMs(pty.pid) - before.cpu) / seconds,
    bytesASecond: (bytes - before.bytes) / seconds,
    residentBytes: residentBytes(pty.pid)
  }
  for (const key of quit) {
    pty.write(key)
    await new Promise((done) => setTimeout(done, 300))
  }
  const timer = setTimeout(() => pty.kill('SIGTERM'), 3000)
  await exit
  clearTimeout(timer)
  return screen
}

async function bareStartMs(): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < 10; round++) {
    const at = performance.now()
    const child = spawn(bundledNode, ['-e', '0'], { stdio: 'ignore' })
    await new Promise((done) => child.once('exit', done))
    times.push(performance.now() - at)
  }
  return median(times)
}

/** What watching ten trees of ten processes at 1 Hz costs, headless and on the screen, beside htop on the same machine. */
export async function benchOwnCost(hasHtop: boolean): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tsupervise-bench-'))
  try {
    const config = configuration(folder)
    const bare = await bareStartMs()
    const headless = await headlessRate(config)
    const screen = await measureScreen(bundledNode, command(config), 'tree-9', 'q\r')
    const rows = [
      ['tsupervise, headless', figure(headless.cpu), figure(headless.bytes / 2 ** 20), '-', '-', '-'],
      ['tsupervise, on the screen', ...screenCells(screen, bare)]
    ]
    if (hasHtop) rows.push(['htop, 1 s', ...screenCells(await measureScreen('htop', ['-d', '10'], 'PID', 'q'), bare)])
    printTable(
      `${TREES} trees of ${PROCESSES_A_TREE} processes at 1 Hz, 120x40`,
      ['', 'CPU ms/s', 'resident MB', 'bytes/s', 'first frame ms', 'first frame to a bare node'],
      rows
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const screenCells = (screen: Screen, bareMs: number): string[] => [
  figure(screen.cpu),
  figure(screen.residentBytes / 2 ** 20),
  figure(screen.bytesASecond),
  figure(screen.firstFrameMs),
  figure(screen.firstFrameMs / bareMs)
]
