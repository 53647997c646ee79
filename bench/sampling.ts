import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { figure } from './harness/statistics.ts'
import { printTable } from './harness/table.ts'
import type { Row } from './sampling/run.ts'

/** One refresh of a managed tree, measured by bench/sampling in processes of their own. */
export function benchSampling(): void {
  const script = join(import.meta.dirname, 'sampling/run.ts')
  const output = execFileSync(process.execPath, [script, '--json'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  const { rows } = JSON.parse(output.slice(output.indexOf('{'))) as { rows: readonly Row[] }
  printTable(
    'CPU of one refresh, as times of a C program that opens, reads and closes every stat file',
    ['processes', 'active', 'C program us', 'native calls', 'without', 'pidusage', 'ps-tree', 'top -b'],
    rows.map((row) => [
      String(row.processes),
      row.active,
      figure(row.floorUs),
      ...[row.native, row.withoutNative, row.pidusage, row.psTree, row.top ?? Number.NaN].map(figure)
    ])
  )
}
