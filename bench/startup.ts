import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Starts } from './harness/starts.ts'
import { figure, median } from './harness/statistics.ts'
import { availablePeers, bundledNode, naiveLoop, type Supervisor, tsupervise, tsuperviseCommand } from './harness/supervisors.ts'
import { printTable } from './harness/table.ts'
import { residentBytes } from './harness/usage.ts'

const ROUNDS = 15
/** Rounds in which the supervisor is left to settle, and its memory is read. */
const MEMORY_ROUNDS = 5
const SETTLE_MS = 2000

interface Figures {
  readonly name: string
  readonly startMs: number[]
  readonly bytes: number[]
}

async function measure(supervisor: Supervisor, figures: Figures, round: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tsupervise-bench-'))
  const starts = new Starts(folder)
  const at = performance.now()
  const running = supervisor.start(folder, starts.command, process.env)
  try {
    figures.startMs.push((await starts.next()).at - at)
    if (round >= MEMORY_ROUNDS) return
    await pause(SETTLE_MS)
    figures.bytes.push(residentBytes(running.process.pid ?? 0))
  } finally {
    await running.stop()
    starts.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Node that does nothing: start and end, and what one that waits takes. */
async function measureBare(figures: Figures, round: number): Promise<void> {
  const at = performance.now()
  execFileSync(bundledNode, ['-e', '0'], { stdio: 'ignore' })
  figures.startMs.push(performance.now() - at)
  if (round >= MEMORY_ROUNDS) return
  const child = spawn(bundledNode, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  await pause(SETTLE_MS)
  figures.bytes.push(residentBytes(child.pid ?? 0))
  child.kill('SIGKILL')
}

/** Start to worker alive, and resident memory when settled, headless, beside a bare Node. In turns. */
export async function benchStartup(): Promise<void> {
  const supervisors = [tsuperviseCommand, tsupervise, naiveLoop, ...availablePeers()]
  const bare: Figures = { name: 'bare node', startMs: [], bytes: [] }
  const all = supervisors.map((supervisor): Figures => ({ name: rowName(supervisor), startMs: [], bytes: [] }))
  for (let round = 0; round < ROUNDS; round++) {
    await measureBare(bare, round)
    for (const [index, supervisor] of supervisors.entries()) await measure(supervisor, all[index] ?? bare, round)
  }
  const row = ({ name, startMs, bytes }: Figures): string[] => [
    name,
    figure(median(startMs)),
    figure(median(startMs) / median(bare.startMs)),
    figure(median(bytes) / 2 ** 20),
    figure(median(bytes) / median(bare.bytes))
  ]
  printTable(
    `Start to worker alive (median of ${ROUNDS}) and resident memory (median of ${MEMORY_ROUNDS}), headless`,
    ['', 'start ms', 'to bare node', 'resident MB', 'to bare node'],
    [bare, ...all].map(row)
  )
}

const rowName = (supervisor: Supervisor): string => (supervisor === tsupervise ? 'tsupervise --no-ui --config FILE' : supervisor.name)
