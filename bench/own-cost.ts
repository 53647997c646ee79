import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { figure } from './harness/statistics.ts'
import { bundledNode, entry } from './harness/supervisors.ts'
import { printTable } from './harness/table.ts'
import { cpuRate, residentBytes } from './harness/usage.ts'

const TREES = 10
const PROCESSES_A_TREE = 10
const SECONDS = 20

/** Ten trees of ten processes, looked at once a second: a shell with nine sleeping children each. */
function writeConfiguration(folder: string): string {
  const tree = `i=1; while [ $i -lt ${PROCESSES_A_TREE} ]; do sleep 100000 & i=$((i+1)); done; wait`
  const names = Array.from({ length: TREES }, (_, index) => `tree-${index}`)
  const path = join(folder, 'trees.json')
  const extensions = Object.fromEntries(names.map((name) => [name, { command: ['/bin/sh', '-c', tree] }]))
  writeFileSync(path, JSON.stringify({ name: 'bench', watchdog: { interval: '1s' }, extensions }), { mode: 0o600 })
  return path
}

/** What it costs to keep ten trees of ten processes at 1 Hz without a screen; what the screen adds is measured by the parts `interface`. */
export async function benchOwnCost(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tsupervise-bench-'))
  const env = { ...process.env, TSUPERVISE_STATE_DIR: join(folder, 'state') }
  const child = spawn(bundledNode, [entry, '--config', writeConfiguration(folder), '--no-ui'], { stdio: 'ignore', env })
  const ended = new Promise((done) => child.once('exit', done))
  try {
    await pause(4000)
    const cpu = await cpuRate(child.pid ?? 0, SECONDS)
    printTable(
      `${TREES} trees of ${PROCESSES_A_TREE} processes at 1 Hz, headless`,
      ['CPU ms/s', 'resident MB'],
      [[figure(cpu), figure(residentBytes(child.pid ?? 0) / 2 ** 20)]]
    )
  } finally {
    child.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
}
