import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSystemClock } from '../../src/core/clock.ts'
import { createFileReader } from '../../src/core/spawn/file-reader.ts'
import { openOutputFile } from '../../src/core/spawn/output-file.ts'
import { Spawning } from '../helpers/spawning.ts'
import { waitUntil } from '../helpers/wait-until.ts'

let folder = ''
let spawning = new Spawning()
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsupervise-test-'))
})
afterEach(async () => {
  await spawning.cleanUp()
  spawning = new Spawning()
  rmSync(folder, { recursive: true })
})

const follow = (file: string, from: number, maxFileBytes = 1_000_000) => {
  const seen: string[] = []
  const problems: string[] = []
  const reader = createFileReader({
    log: { file, maxFileBytes, maxFiles: 3 },
    from,
    clock: createSystemClock(),
    sink: (block) => void seen.push(block.toString()),
    onProblem: (code) => void problems.push(code)
  })
  return { reader, problems, text: () => seen.join('') }
}

test('whole lines are handed over as they are written, from where it began on; the last one at the end', async () => {
  const file = join(folder, 'out')
  writeFileSync(file, 'before\n')
  const { reader, text } = follow(file, 7)
  reader.start()
  appendFileSync(file, 'one\ntw')
  await waitUntil(() => text() === 'one\n', text)
  appendFileSync(file, 'o\nthree')
  await waitUntil(() => text() === 'one\ntwo\n', text)
  reader.finish()
  await reader.ended
  expect(text()).toBe('one\ntwo\nthree')
})

test('a file that is full is set aside in place, so that who writes to it goes on; nothing of it is lost', async () => {
  const file = join(folder, 'out')
  const opened = openOutputFile(file)
  if (!opened.ok) throw new Error(opened.error.message)
  const { reader, text, problems } = follow(file, 0, 5000)
  reader.start()
  const written: string[] = []
  for (let round = 0; round < 24; round++) {
    const line = `${round} ${'x'.repeat(500)}\n`
    written.push(line)
    writeSync(opened.value.fd, line)
    await waitUntil(() => text() === written.join(''), `round ${round}, not ${text().length} bytes`)
  }
  opened.value.close()
  await waitUntil(() => readFileSync(file).length < 5000, 'a file that is set aside')
  reader.finish()
  // two of ten lines, and the rest
  const kept = ['.2', '.1', ''].map((age) => readFileSync(`${file}${age}`, 'utf8')).join('')
  expect(kept).toBe(written.join(''))
  expect(problems).toEqual([])
})

test('a file that is emptied by somebody else is read from its new beginning; one that is away is a problem, told once', async () => {
  const file = join(folder, 'out')
  writeFileSync(file, 'a long first line\n')
  const { reader, text } = follow(file, 0)
  reader.start()
  await waitUntil(() => text() === 'a long first line\n', text)
  truncateSync(file)
  appendFileSync(file, 'new\n')
  await waitUntil(() => text().endsWith('new\n'), text)
  reader.finish()
  renameSync(file, `${file}.away`)
  const second = follow(file, 0)
  second.reader.start()
  second.reader.finish()
  expect(second.problems).toEqual(['ENOENT'])
})

test('only a regular file will do', () => {
  expect(openOutputFile('/dev/null')).toMatchObject({ ok: false, error: { code: 'no-regular-file' } })
  expect(openOutputFile(folder)).toMatchObject({ ok: false, error: { code: 'EISDIR' } })
  expect(openOutputFile(join(folder, 'no/such'))).toMatchObject({ ok: false, error: { code: 'ENOENT' } })
})

test('a child that is to outlive the supervisor writes to its file by itself, and why it cannot run is told from there', async () => {
  const file = join(folder, 'out')
  const log = { ringLines: 10, file, maxFileBytes: 1_000_000, maxFiles: 2, echo: false }
  const run = await spawning.run({ argv: ['sh', '-c', 'echo out; echo err >&2; exec sleep 60'], onSupervisorDeath: 'leave', log })
  await run.line('err')
  expect(readFileSync(file, 'utf8')).toBe('out\nerr\n')
  expect(run.lines).toEqual(['out', 'err'])
  run.child.close()
  const failure = await spawning.failure({ argv: ['no-such-program-here'], onSupervisorDeath: 'leave', log })
  expect(failure).toMatchObject({ code: 'ENOENT' })
})
