import { spawn } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { open, type Refresh, type Running } from '../harness/screen.ts'
import { figure, median } from '../harness/statistics.ts'
import { bundledNode } from '../harness/supervisors.ts'
import { printTable } from '../harness/table.ts'
import { cpuRate, residentBytes } from '../harness/usage.ts'
import { type Population, type Stage, setStage, startHeadless } from './population.ts'

/** Until what Node compiles for the screen is compiled. */
const SETTLE_MS = 20_000
const SECONDS = 30

interface Cost {
  readonly name: string
  /** ms a second. */
  readonly cpu: number
  readonly residentBytes: number
  /** None: it has no screen. */
  readonly refreshes: readonly Refresh[]
}

async function costOf(name: string, pid: number, refreshes: readonly Refresh[] = []): Promise<Cost> {
  const before = refreshes.length
  const cpu = await cpuRate(pid, SECONDS)
  return { name, cpu, residentBytes: residentBytes(pid), refreshes: refreshes.slice(before) }
}

/** tsupervise with its screen and htop look at the same processes in the same seconds. */
async function measureScreens({ tsupervise, htop }: Stage, hasHtop: boolean): Promise<readonly Cost[]> {
  const all: { readonly name: string; readonly running: Running }[] = []
  try {
    for (const program of hasHtop ? [tsupervise, htop] : [tsupervise]) {
      const running = open(program)
      all.push({ name: program.name, running })
      await running.firstFrame
    }
    await pause(SETTLE_MS)
    return await Promise.all(all.map(({ name, running }) => costOf(name, running.pid, running.refreshes)))
  } finally {
    for (const { running } of all.reverse()) await running.end()
  }
}

async function measureHeadless(stage: Stage): Promise<Cost> {
  const { pid, end } = startHeadless(stage)
  try {
    await pause(SETTLE_MS)
    return await costOf('tsupervise, no screen', pid)
  } finally {
    await end()
  }
}

/** A Node that does nothing. */
function bareNodeBytes(): Promise<number> {
  const child = spawn(bundledNode, ['-e', 'setInterval(() => undefined, 1e6); console.log()'], { stdio: ['ignore', 'pipe', 'ignore'] })
  return new Promise((done) => {
    child.stdout.once('data', () => {
      done(residentBytes(child.pid ?? 0))
      child.kill()
    })
  })
}

/**
 * What the screen costs for each refresh, at 1 Hz and 120x40: bytes, CPU of the whole process (all threads), and memory.
 * The same supervisor without a screen, on another start of the same population, tells what of it is the screen.
 */
export async function measureRefreshes(population: Population, hasHtop: boolean): Promise<void> {
  const stage = setStage(population)
  try {
    const [screen, htop] = await measureScreens(stage, hasHtop)
    const headless = await measureHeadless(stage)
    if (screen === undefined) return
    const bare = await bareNodeBytes()
    const difference: Cost = {
      ...screen,
      name: 'of it the screen',
      cpu: screen.cpu - headless.cpu,
      residentBytes: screen.residentBytes - headless.residentBytes
    }
    printTable(
      `A screen of 120x40 at 1 Hz: ${population.name}`,
      ['', 'bytes a refresh', 'rows changed', 'refreshes/s', 'CPU ms a refresh', 'CPU ms/s', 'resident MB', 'to a bare node'],
      [
        ...[screen, headless, difference, ...(htop === undefined ? [] : [htop])].map((cost) => row(cost, bare)),
        ...(htop === undefined ? [] : [ratios(screen, htop)])
      ]
    )
  } finally {
    stage.remove()
  }
}

const bytesOf = ({ refreshes }: Cost): number => median(refreshes.map(({ bytes }) => bytes))
const rowsOf = ({ refreshes }: Cost): number => median(refreshes.map(({ rows }) => rows))

const cpuOf = ({ cpu, refreshes }: Cost): number => (cpu * SECONDS) / refreshes.length

const row = (cost: Cost, bare: number): string[] => [
  cost.name,
  figure(bytesOf(cost)),
  figure(rowsOf(cost)),
  ...(cost.refreshes.length === 0 ? ['-', '-'] : [figure(cost.refreshes.length / SECONDS), figure(cpuOf(cost))]),
  figure(cost.cpu),
  figure(cost.residentBytes / 2 ** 20),
  figure(cost.residentBytes / bare)
]

const ratios = (screen: Cost, htop: Cost): string[] => [
  'tsupervise to htop',
  figure(bytesOf(screen) / bytesOf(htop)),
  figure(rowsOf(screen) / rowsOf(htop)),
  '',
  figure(cpuOf(screen) / cpuOf(htop)),
  figure(screen.cpu / htop.cpu),
  figure(screen.residentBytes / htop.residentBytes),
  ''
]
