import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Starts } from './harness/starts.ts'
import { figure, median } from './harness/statistics.ts'
import { availablePeers, bundledNode, type Supervisor, tsupervise } from './harness/supervisors.ts'
import { printTable } from './harness/table.ts'
import { residentBytes } from './harness/usage.ts'

const ROUNDS = 10
const SETTLE_MS = 3000

interface Footprint {
  /** From the supervisor's start to the worker's first line, ms. */
  readonly startMs: number
  readonly residentBytes: number
}

async function measure(supervisor: Supervisor, settle: boolean): Promise<Footprint> {
  const folder = mkdtempSync(join(tmpdir(), 'tsupervise-bench-'))
  const starts = new Starts(folder)
  const at = performance.now()
  const running = supervisor.start(folder, starts.command, process.env)
  try {
    const start = await starts.next()
    if (settle) await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
    return { startMs: start.at - at, residentBytes: settle ? residentBytes(running.process.pid ?? 0) : Number.NaN }
  } finally {
    await running.stop()
    starts.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function bareNodeStartMs(): number {
  const at = performance.now()
  execFileSync(bundledNode, ['-e', '0'], { stdio: 'ignore' })
  return performance.now() - at
}

async function bareNodeBytes(): Promise<number> {
  const child = spawn(bundledNode, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  const bytes = residentBytes(child.pid ?? 0)
  child.kill('SIGKILL')
  return bytes
}

/** Start to worker alive, and resident memory when settled, beside a bare Node. The rounds are interleaved. */
export async function benchStartup(): Promise<void> {
  const supervisors = [tsupervise, ...availablePeers()]
  const bare: number[] = []
  const times = new Map(supervisors.map((supervisor) => [supervisor.name, [] as number[]]))
  for (let round = 0; round < ROUNDS; round++) {
    bare.push(bareNodeStartMs())
    for (const supervisor of supervisors) times.get(supervisor.name)?.push((await measure(supervisor, false)).startMs)
  }
  const bareBytes = await bareNodeBytes()
  const rows = [['bare node', figure(median(bare)), '1', figure(bareBytes / 2 ** 20), '1']]
  for (const supervisor of supervisors) {
    const startMs = median(times.get(supervisor.name) ?? [])
    const bytes = (await measure(supervisor, true)).residentBytes
    rows.push([supervisor.name, figure(startMs), figure(startMs / median(bare)), figure(bytes / 2 ** 20), figure(bytes / bareBytes)])
  }
  printTable(
    `Start to worker alive (median of ${ROUNDS}) and resident memory, headless`,
    ['', 'start ms', 'to bare node', 'resident MB', 'to bare node'],
    rows
  )
}
