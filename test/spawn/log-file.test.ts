import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { errnoOf, type Failure } from '../../src/core/errors.ts'
import { openLogFile } from '../../src/core/spawn/log-file.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { fixture, nodeSettings } from '../helpers/node-settings.ts'
import { Spawning } from '../helpers/spawning.ts'
import { waitUntil } from '../helpers/wait-until.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsupervise-log-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function open(file: string, maxFileBytes = 1_048_576, maxFiles = 2) {
  const clock = new FakeClock()
  const problems: (Failure & { next: string | undefined })[] = []
  const log = openLogFile({ file, maxFileBytes, maxFiles }, { clock, emitProblem: (problem, next) => problems.push({ ...problem, next }) })
  return { clock, problems, log, write: (text: string) => log.write(Buffer.from(text)) }
}
/** Empty while there is none, e.g. in the middle of a rotation. */
function text(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return ''
    throw error
  }
}

test('lines are written, the file is rotated by size, and only so many are kept', async () => {
  const made = join(folder, 'new')
  const file = join(made, 'out.log')
  const files = (): string[] => (existsSync(made) ? readdirSync(made) : [])
  const { write, log, problems } = open(file, 100, 2)
  for (let n = 0; n < 20; n++) {
    write(`line ${String(n).padStart(2, '0')} ${'x'.repeat(40)}\n`)
    await waitUntil(() => files().some((name) => text(join(made, name)).includes(`line ${String(n).padStart(2, '0')}`)), `line ${n}`)
  }
  log.close()
  expect(files().sort()).toEqual(expect.arrayContaining(['out.log.1', 'out.log.2']))
  expect(files().length).toBeLessThanOrEqual(3)
  for (const name of files()) expect(statSync(join(made, name)).size).toBeLessThan(200)
  expect(problems).toEqual([])
})

test('a file that was moved away is let go of when it is reopened', async () => {
  const file = join(folder, 'out.log')
  const { write, log } = open(file)
  write('before\n')
  await waitUntil(() => text(file) === 'before\n', 'the first line')
  renameSync(file, `${file}.moved`)
  log.reopen()
  write('after\n')
  await waitUntil(() => text(file) === 'after\n', 'the line in the new file')
  expect(text(`${file}.moved`)).toBe('before\n')
  log.close()
})

test('a file that cannot be written is one problem, and is tried again later', async () => {
  writeFileSync(join(folder, 'in-the-way'), '')
  const file = join(folder, 'in-the-way', 'out.log')
  const { write, log, clock, problems } = open(file)
  await waitUntil(() => problems.length === 1, 'the problem')
  expect(problems[0]).toMatchObject({ code: 'ENOTDIR', message: expect.stringContaining(file), next: expect.stringContaining('every 5 s') })
  write('lost\n')
  rmSync(join(folder, 'in-the-way'))
  write('too early\n')
  expect(existsSync(file)).toBe(false)
  clock.advance(5000)
  write('written\n')
  await waitUntil(() => text(file) === 'written\n', 'the line after the retry')
  await waitUntil(() => problems.length === 2, 'the end of the problem')
  expect(problems[1]).toMatchObject({ code: 'log-recovered', message: expect.stringContaining('15 bytes') })
  log.close()
})

/** A disk of 64 KiB; undefined where it cannot be made. */
function smallDisk(): string | undefined {
  const disk = join(folder, 'disk')
  mkdirSync(disk)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tsupervise-test', disk], { stdio: 'ignore' })
    return disk
  } catch {
    return undefined
  }
}

test('scenario 26: a full disk is a visible problem, and the program and its output go on', async ({ skip }) => {
  const disk = smallDisk()
  if (disk === undefined) return skip('a small disk cannot be mounted here (needs root)')
  const spawning = new Spawning()
  try {
    const { log } = nodeSettings({ argv: [] })
    const full = { ...log, file: join(disk, 'out.log'), maxFileBytes: 100_000_000 }
    const run = await spawning.run({ argv: ['sh', '-c', `${fixture('line-flood.py')} 1; echo still here; sleep 60`], log: full })
    await waitUntil(() => spawning.problems.length > 0, 'the problem')
    expect(spawning.problems[0]).toMatchObject({ code: 'ENOSPC' })
    await waitUntil(() => run.lines.length > 0 && run.dropped + run.lines.length > 20_000, 'the output')
    expect(spawning.processes.alive().length).toBeGreaterThan(0)
    const other = await spawning.run({ argv: ['echo', 'started meanwhile'] })
    await other.line('started')
  } finally {
    await spawning.cleanUp()
    execFileSync('umount', ['-l', disk])
  }
})

test('both streams of a node go to its file, whole lines each', async () => {
  const spawning = new Spawning()
  const file = join(folder, 'node.log')
  const { log } = nodeSettings({ argv: [] })
  const run = await spawning.run({ argv: ['sh', '-c', 'for n in 1 2 3; do echo "out $n"; echo "err $n" >&2; done'], log: { ...log, file } })
  run.child.onExit(() => run.child.close())
  await waitUntil(
    () => text(file).split('\n').length === 7,
    () => `six lines in ${JSON.stringify(text(file))}`
  )
  expect(text(file).trim().split('\n').sort()).toEqual(['err 1', 'err 2', 'err 3', 'out 1', 'out 2', 'out 3'])
  await spawning.cleanUp()
})
