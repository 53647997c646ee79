import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compilePrograms, type Population, type Programs, startPopulation } from './population.ts'

/**
 * CPU time of one refresh of a managed tree, as ratios to a C program that opens, reads and closes every stat file.
 * `run.ts [--sizes 10,100,1000,5000] [--json]`
 */
export interface Row {
  readonly processes: number
  readonly active: string
  /** Microseconds of CPU. */
  readonly floorUs: number
  /** Times the floor. */
  readonly native: number
  readonly withoutNative: number
  readonly pidusage: number
  readonly psTree: number
  readonly top: number | undefined
}

/** Between two refreshes, and between two rounds of the C program: long enough for every active process to have run. */
const PAUSE_MS = 130
const TARGETS = { native: 0.3, withoutNative: 1 }

const option = (name: string): string | undefined => {
  const at = process.argv.indexOf(name)
  return at === -1 ? undefined : process.argv[at + 1]
}

function measure(kind: string, population: Population, rounds: number, env: NodeJS.ProcessEnv = {}): number {
  const args = [
    join(import.meta.dirname, 'measure.ts'),
    kind,
    String(population.leader),
    String(rounds),
    String(PAUSE_MS),
    ...population.pids.map(String)
  ]
  const output = execFileSync(process.execPath, args, { env: { ...process.env, ...env }, encoding: 'utf8' })
  return (JSON.parse(output) as { us: number }).us
}

/** Of ended children of this process, microseconds. */
function childrenCpu(): number {
  const line = readFileSync('/proc/self/stat', 'latin1')
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[13]) + Number(fields[14])) * 10_000
}

/** top looks at the whole host; its start is taken off by comparing two lengths. */
function measureTop(rounds: number): number | undefined {
  const cpuOf = (frames: number): number => {
    const before = childrenCpu()
    execFileSync('top', ['-b', '-d', '0.2', '-n', String(frames)], { stdio: 'ignore' })
    return childrenCpu() - before
  }
  try {
    return Math.max(0, cpuOf(rounds + 1) - cpuOf(1)) / rounds
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

async function rowFor(programs: Programs, processes: number, share: number): Promise<Row> {
  const population = await startPopulation(programs, processes - 1, Math.round(processes * share))
  const rounds = processes >= 1000 ? 20 : 60
  try {
    const input = population.pids.join('\n')
    const floorUs = Number(execFileSync(programs.floor, [String(rounds), String(PAUSE_MS)], { input, encoding: 'utf8' }))
    const ratio = (us: number): number => Math.round((us / floorUs) * 100) / 100
    const top = measureTop(10)
    return {
      processes,
      active: `${share * 100}%`,
      floorUs: Math.round(floorUs),
      native: ratio(measure('table', population, rounds)),
      withoutNative: ratio(measure('table', population, rounds, { TSUPERVISE_NATIVE: '0' })),
      pidusage: ratio(measure('pidusage', population, Math.min(rounds, 20))),
      psTree: ratio(measure('ps-tree', population, Math.min(rounds, 10))),
      top: top === undefined ? undefined : ratio(top)
    }
  } finally {
    await population.end()
  }
}

const programs = compilePrograms()
const rows: Row[] = []
try {
  for (const size of (option('--sizes') ?? '10,100,1000,5000').split(',').map(Number)) {
    for (const share of [0, 0.2]) rows.push(await rowFor(programs, size, share))
  }
} finally {
  programs.remove()
}
if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ targets: TARGETS, rows }))
} else {
  console.table(rows)
  console.log(`targets: below ${TARGETS.native} with native calls, below ${TARGETS.withoutNative} without (times the C program)`)
}
