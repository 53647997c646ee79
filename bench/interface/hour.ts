import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { figure } from '../harness/statistics.ts'
import { bundledNode } from '../harness/supervisors.ts'
import { printTable } from '../harness/table.ts'
import type { HourMark } from './hour-entry.ts'

const root = join(import.meta.dirname, '../..')

/** As the command is built (scripts/build.ts), in one file. */
const bundle = (outfile: string): Promise<unknown> =>
  build({
    absWorkingDir: root,
    entryPoints: ['bench/interface/hour-entry.ts'],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.18',
    jsx: 'automatic',
    external: ['koffi'],
    alias: { 'react-devtools-core': join(root, 'scripts/empty-module.js') },
    define: { 'process.env.NODE_ENV': '"production"', fetch: 'undefined' },
    banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
    logLevel: 'warning'
  })

const mb = (bytes: number): string => figure(bytes / 2 ** 20)

/**
 * An hour at the screen within minutes: the real interface over the real store, in a process of its own, whose clock is moved by hand
 * (hour-entry.ts): 3,600 refreshes of 40 restless processes, 8 lines of output a second, a stop with its receipt every third second,
 * and three keys a second.
 */
export async function measureHour(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tsupervise-bench-'))
  try {
    const file = join(folder, 'hour.mjs')
    await bundle(file)
    const output = execFileSync(bundledNode, ['--expose-gc', file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
    const marks = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as HourMark)
    printTable(
      'An hour at the screen: 40 restless processes, 3 keys a second',
      ['minute', 'keys', 'writes', 'bytes', 'resident MB', 'of it for young objects', 'heap in use MB'],
      marks.map(({ minute, keys, writes, bytes, residentBytes, youngBytes, heapBytes }) => [
        String(minute),
        String(keys),
        String(writes),
        String(bytes),
        mb(residentBytes),
        mb(youngBytes),
        mb(heapBytes)
      ])
    )
    console.log(`\n${verdictOf(marks)}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Everything bounded is full at minute 10. */
function verdictOf(marks: readonly HourMark[]): string {
  const from = marks.find(({ minute }) => minute === 10)
  const to = marks.at(-1)
  if (from === undefined || to === undefined) return 'The hour was too short for a verdict.'
  const growth = (of: (mark: HourMark) => number): string => `${mb(of(to) - of(from))} MB (${figure((of(to) / of(from) - 1) * 100)}%)`
  return `Growth from minute ${from.minute} to ${to.minute}: resident ${growth((mark) => mark.residentBytes)}, heap in use ${growth((mark) => mark.heapBytes)}.`
}
