import { setTimeout as pause } from 'node:timers/promises'
import type { Screen } from '../../test/helpers/screen.ts'
import { createRandom } from '../harness/random.ts'
import { open, type Program, type Running } from '../harness/screen.ts'
import { figure, quantile } from '../harness/statistics.ts'
import { printTable } from '../harness/table.ts'
import { numberIn, type Population, type Stage, setStage, startHeadless } from './population.ts'

const PRESSES = 400
const GAP_MS = { least: 20, most: 150 }
const PATIENCE_MS = 10_000
const SEED = 42

/** A screen with a selected row. */
interface Selecting {
  readonly program: Program
  /** Number of the selected process; undefined: another row, or none. */
  selected(screen: Screen): number | undefined
}

const inTsupervise = ({ tsupervise }: Stage): Selecting => ({
  program: tsupervise,
  selected: (screen) => numberIn(screen.lines().find((line) => line.startsWith('›')) ?? '')
})

/** The selected row is on cyan, as is the line of keys at the bottom, which names no process. */
const inHtop = ({ htop }: Stage): Selecting => ({
  program: htop,
  selected(screen) {
    const row = screen.lines().findIndex((line, index) => numberIn(line) !== undefined && screen.cells(index)[0]?.background === 6)
    return row === -1 ? undefined : numberIn(screen.lines()[row] ?? '')
  }
})

interface Press {
  readonly at: number
  readonly target: number
}

/** Presses keys in a running program and tells when the selection has followed each of them. */
function createFingers(running: Running, { selected }: Selecting) {
  const delays: number[] = []
  const waiting: Press[] = []
  let direction: 1 | -1 = 1
  let position: number | undefined
  let moved = (): void => undefined

  running.watch((at) => {
    const now = selected(running.screen)
    if (now === undefined || now === position) return
    position = now
    while (waiting[0] !== undefined && (now - waiting[0].target) * direction >= 0) delays.push(at - (waiting.shift()?.at ?? at))
    moved()
  })
  const until = (isSo: () => boolean, what: string): Promise<void> =>
    new Promise((done, fail) => {
      const timer = setTimeout(() => fail(new Error(`${what}; the screen was:\n${running.screen.text()}`)), PATIENCE_MS)
      const look = (): void => {
        if (!isSo()) return
        moved = () => undefined
        clearTimeout(timer)
        done()
      }
      moved = look
      look()
    })
  const key = (way: 1 | -1): void => {
    const end = way === 1 ? 'B' : 'A'
    // as a terminal sends it that the program has put into this mode, or has not
    running.type(running.screen.modes.applicationCursor ? `\x1bO${end}` : `\x1b[${end}`)
  }
  return {
    delays,
    position: () => position,
    /** Down to this row, without counting. */
    async reach(row: number): Promise<void> {
      position = selected(running.screen)
      for (let presses = 0; position !== row; presses++) {
        if (presses > 100) throw new Error(`row ${row} was not reached; the screen was:\n${running.screen.text()}`)
        key(1)
        await pause(GAP_MS.most)
      }
    },
    press(way: 1 | -1, target: number): void {
      direction = way
      waiting.push({ at: performance.now(), target })
      key(way)
    },
    settled: () => until(() => waiting.length === 0, `${waiting.length} keys did not move the selection`)
  }
}

/**
 * From the write of a key to the arrival of the bytes after which a terminal shows the selection on the row that the key leads to, or
 * beyond it; ms, one value a key. Keys are Down and Up among the rows `first` to `last`, at random moments, whether the answer to the
 * one before has come or not: keys that one frame answers together count from each one's own press. Only where the direction turns
 * is the last answer waited for. What the other end of the terminal takes to draw is not in it, nor is the line.
 */
async function timeKeys(selecting: Selecting, first: number, last: number): Promise<readonly number[]> {
  const running = open(selecting.program)
  try {
    await running.firstFrame
    await pause(8000)
    const fingers = createFingers(running, selecting)
    await fingers.reach(first)
    const random = createRandom(SEED)
    let row = first
    for (let presses = 0; presses < PRESSES; ) {
      const way = row === first || (row < last && random() < 0.5) ? 1 : -1
      const steps = 1 + Math.floor(random() * (way === 1 ? last - row : row - first))
      for (let step = 0; step < steps; step++, presses++) {
        row += way
        fingers.press(way, row)
        await pause(GAP_MS.least + random() * (GAP_MS.most - GAP_MS.least))
      }
      await fingers.settled()
    }
    return fingers.delays
  } finally {
    await running.end()
  }
}

/** Rows of one tree: with many processes so many that the rows scroll. */
const lastRow = ({ processesATree }: Population): number => Math.min(processesATree - 1, 60)

/** Key press to screen, with each population, beside htop, which looks at the processes of a supervisor that has no screen. */
export async function measureKeys(populations: readonly Population[], hasHtop: boolean): Promise<void> {
  const rows: string[][] = []
  for (const population of populations) {
    const stage = setStage(population)
    try {
      const own = await timeKeys(inTsupervise(stage), 1, lastRow(population))
      rows.push(rowOf(`tsupervise: ${population.name}`, own))
      if (!hasHtop) continue
      const supervisor = startHeadless(stage)
      try {
        rows.push(rowOf(`htop: ${population.name}`, await timeKeys(inHtop(stage), 1, lastRow(population))))
      } finally {
        await supervisor.end()
      }
    } finally {
      stage.remove()
    }
  }
  printTable(
    `From a key to the screen, ms, ${PRESSES} keys and more, ${GAP_MS.least} to ${GAP_MS.most} ms apart`,
    ['', 'p50', 'p90', 'p99', 'longest'],
    rows
  )
}

const rowOf = (name: string, delays: readonly number[]): string[] => [
  name,
  ...[0.5, 0.9, 0.99, 1].map((share) => figure(quantile(delays, share)))
]
