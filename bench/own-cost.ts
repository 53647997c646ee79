import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { measureScreen, type Program, timeFirstFrame } from './harness/screen.ts'
import { figure, median } from './harness/statistics.ts'
import { bundledNode, entry } from './harness/supervisors.ts'
import { printTable } from './harness/table.ts'
import { cpuRate, residentBytes } from './harness/usage.ts'

const TREES = 10
const PROCESSES_A_TREE = 10
const SECONDS = 20
const STARTS = 7

/** Ten trees of ten processes, looked at once a second: a shell with nine sleeping children each. */
function writeConfiguration(folder: string): string {
  const tree = `i=1; while [ $i -lt ${PROCESSES_A_TREE} ]; do sleep 100000 & i=$((i+1)); done; wait`
  const names = Array.from({ length: TREES }, (_, index) => `tree-${index}`)
  const path = join(folder, 'trees.json')
  const extensions = Object.fromEntries(names.map((name) => [name, { command: ['/bin/sh', '-c', tree] }]))
  writeFileSync(path, JSON.stringify({ name: 'bench', watchdog: { interval: '1s' }, extensions }), { mode: 0o600 })
  return path
}

/** Headless, while it keeps the trees: `during` sees the same population. */
async function measureHeadless(
  config: string,
  env: NodeJS.ProcessEnv,
  during: () => Promise<void>
): Promise<{ cpu: number; bytes: number }> {
  const child = spawn(bundledNode, [entry, '--config', config, '--no-ui'], { stdio: 'ignore', env })
  const ended = new Promise((done) => child.once('exit', done))
  try {
    await pause(4000)
    const cost = { cpu: await cpuRate(child.pid ?? 0, SECONDS), bytes: residentBytes(child.pid ?? 0) }
    await during()
    return cost
  } finally {
    child.kill('SIGTERM')
    await ended
  }
}

function bareStartMs(): number {
  const at = performance.now()
  execFileSync(bundledNode, ['-e', '0'], { stdio: 'ignore' })
  return performance.now() - at
}

/** What it costs to keep ten trees of ten processes at 1 Hz, headless and on the screen, beside htop on the same population. */
export async function benchOwnCost(hasHtop: boolean): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tsupervise-bench-'))
  const env = { ...process.env, TSUPERVISE_STATE_DIR: join(folder, 'state') }
  const config = writeConfiguration(folder)
  const htop: Program = { name: 'htop, 1 s', file: 'htop', args: ['-d', '10'], env, shows: 'PID', quit: 'q' }
  const screen: Program = {
    name: 'tsupervise, on the screen',
    file: bundledNode,
    args: [entry, '--config', config],
    env,
    shows: `tree-${TREES - 1}`,
    quit: 'q\r'
  }
  try {
    const rows: string[][] = []
    const headless = await measureHeadless(config, env, async () => {
      if (!hasHtop) return
      rows.push(await screenRow(htop))
    })
    rows.unshift(['tsupervise, headless', figure(headless.cpu), figure(headless.bytes / 2 ** 20), '-', '-', '-'], await screenRow(screen))
    printTable(
      `${TREES} trees of ${PROCESSES_A_TREE} processes at 1 Hz; screen of 120x40`,
      ['', 'CPU ms/s', 'resident MB', 'bytes/s', `first frame ms, median of ${STARTS}`, 'to a bare node'],
      rows
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function screenRow(program: Program): Promise<string[]> {
  const cost = await measureScreen(program, SECONDS)
  const bare: number[] = []
  const frames: number[] = []
  for (let start = 0; start < STARTS; start++) {
    bare.push(bareStartMs())
    frames.push(await timeFirstFrame(program))
  }
  return [
    program.name,
    figure(cost.cpu),
    figure(cost.residentBytes / 2 ** 20),
    figure(cost.bytesASecond),
    figure(median(frames)),
    figure(median(frames) / median(bare))
  ]
}
