import { execFileSync } from 'node:child_process'
import { type Program, timeFirstFrame } from '../harness/screen.ts'
import { figure, median, quantile } from '../harness/statistics.ts'
import { bundledNode } from '../harness/supervisors.ts'
import { printTable } from '../harness/table.ts'
import { BUSY, setStage, startHeadless } from './population.ts'

const STARTS = 15

function bareStartMs(): number {
  const at = performance.now()
  execFileSync(bundledNode, ['-e', '0'], { stdio: 'ignore' })
  return performance.now() - at
}

/**
 * From the start of the command to the bytes that complete its first real frame, in turns with a bare Node, from start to end.
 * htop looks at the processes of a supervisor without a screen, tsupervise starts its own.
 */
export async function measureStart(hasHtop: boolean): Promise<void> {
  const stage = setStage(BUSY)
  const supervisor = hasHtop ? startHeadless(stage) : undefined
  const programs: readonly Program[] = hasHtop ? [stage.tsupervise, stage.htop] : [stage.tsupervise]
  const bare: number[] = []
  const frames = programs.map(({ name }) => ({ name, ms: [] as number[] }))
  try {
    for (let start = 0; start < STARTS; start++) {
      bare.push(bareStartMs())
      for (const [index, program] of programs.entries()) frames[index]?.ms.push(await timeFirstFrame(program))
    }
  } finally {
    await supervisor?.end()
    stage.remove()
  }
  const all = [...frames, { name: 'a bare Node, start to end', ms: bare }]
  printTable(
    `To the first frame, ms, ${STARTS} starts, 120x40`,
    ['', 'median', 'longest', 'to a bare node'],
    all.map(({ name, ms }) => [name, figure(median(ms)), figure(quantile(ms, 1)), figure(median(ms) / median(bare))])
  )
}
