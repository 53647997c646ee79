import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSystemClock } from '../../src/core/clock.ts'
import type { Failure } from '../../src/core/errors.ts'
import type { SupervisorEvent } from '../../src/core/events.ts'
import { REDACTED } from '../../src/core/output/redact.ts'
import { createEventFile, type EventFileOptions } from '../../src/log/event-file.ts'
import { defaultStateFolder, prepareStateFolder } from '../../src/log/state-folder.ts'
import { event, receipt } from '../helpers/arbitrary-events.ts'
import { TestProcesses } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'

const uid = process.getuid?.() ?? 0
const processes = new TestProcesses()
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'state-'))
})
afterEach(() => {
  processes.cleanUp()
  rmSync(folder, { recursive: true, force: true })
})

function open(options: Partial<EventFileOptions> = {}) {
  const problems: Failure[] = []
  const opened = createEventFile({
    folder: join(folder, 'demo'),
    uid,
    clock: createSystemClock(),
    redact: (text) => text,
    onProblem: (problem) => problems.push(problem),
    ...options
  })
  if (!opened.ok) throw new Error(opened.error.message)
  return { file: opened.value, problems }
}
const numbered = (seq: number, pad = ''): SupervisorEvent => event({ type: 'node-ready', detail: pad }, { node: 'api', seq })
const read = (path: string): SupervisorEvent[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as SupervisorEvent)
const seqs = (path: string): number[] => (existsSync(path) ? read(path).map(({ seq }) => seq) : [])

describe('the event file', () => {
  it('gets every event soon, but what only refreshes the screen, readable by the user alone', async () => {
    const { file } = open()
    const exited = event(
      { type: 'node-exited', incarnation: 1, exit: { code: 1, signal: undefined, oomKilled: false }, uptimeMs: 5, success: false },
      { node: 'api', seq: 2 }
    )
    file.write(numbered(1))
    file.write(event({ type: 'output', stream: 'stdout', line: 'x' }))
    file.write(event({ type: 'refreshed', samples: [] }))
    file.write(exited)
    await waitUntil(() => seqs(file.path).length > 0, 'written without a flush', 2000)
    expect(read(file.path)).toEqual([numbered(1), exited].map((one) => JSON.parse(JSON.stringify(one))))
    expect(statSync(file.path).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'demo')).mode & 0o777).toBe(0o700)
    await file.close()
  })

  it('hides what the patterns hide, in receipts and argument lists', async () => {
    const { file } = open({ redact: (text) => text.replace(/(?<=--pass )\S+/g, REDACTED) })
    const process = { pid: 1, startTime: 2, ppid: 0, execId: 'x', command: 'db --pass hunter2', state: 'S', rssBytes: 1, cpuMs: 1 }
    const [sampled] = fc.sample(receipt, { numRuns: 1, seed: 1 })
    if (sampled === undefined) throw new Error('no receipt')
    file.write(event({ type: 'hook-ended', argv: ['db', '--pass', 'hunter2'], on: 'x', exit: undefined, failure: undefined }))
    file.write(event({ type: 'receipt-opened', receipt: { ...sampled, tree: [process], survivors: [] } }))
    await file.close()
    const text = readFileSync(file.path, 'utf8')
    expect(text).not.toContain('hunter2')
    expect(text.split(REDACTED)).toHaveLength(3)
  })

  it('is rotated within its bounds and loses nothing on the way', async () => {
    const { file, problems } = open({ maxFileBytes: 4096, maxFiles: 3 })
    for (let seq = 1; seq <= 30; seq++) {
      file.write(numbered(seq, 'x'.repeat(400)))
      file.flushSync()
    }
    await file.close()
    expect(readdirSync(join(folder, 'demo')).toSorted()).toEqual(['events.jsonl', 'events.jsonl.1', 'events.jsonl.2'])
    const kept = ['events.jsonl.2', 'events.jsonl.1', 'events.jsonl'].flatMap((name) => seqs(join(folder, 'demo', name)))
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, index) => 30 - kept.length + 1 + index))
    expect(kept.length).toBeGreaterThan(12)
    for (const name of readdirSync(join(folder, 'demo'))) expect(statSync(join(folder, 'demo', name)).size).toBeLessThanOrEqual(4096)
    expect(problems).toEqual([])
  })

  it('goes on after what an earlier run left', async () => {
    const first = open().file
    first.write(numbered(1))
    await first.close()
    const second = open().file
    second.write(numbered(2))
    await second.close()
    expect(seqs(second.path)).toEqual([1, 2])
  })

  it('begins a new file when asked to, after somebody moved the old one away', async () => {
    const { file } = open()
    file.write(numbered(1))
    file.flushSync()
    renameSync(file.path, `${file.path}.moved`)
    file.write(numbered(2))
    file.flushSync()
    file.reopen()
    file.write(numbered(3))
    await file.close()
    expect(seqs(`${file.path}.moved`)).toEqual([1, 2])
    expect(seqs(file.path)).toEqual([3])
  })

  it('writes everything at once when the end cannot wait', () => {
    const { file } = open()
    for (let seq = 1; seq <= 5000; seq++) file.write(numbered(seq))
    expect(existsSync(file.path)).toBe(false)
    file.flushSync()
    expect(seqs(file.path)).toHaveLength(5000)
  })

  it('is written by close however much there is', async () => {
    const { file } = open()
    for (let seq = 1; seq <= 5000; seq++) file.write(numbered(seq, 'y'.repeat(200)))
    await file.close()
    expect(seqs(file.path)).toEqual(Array.from({ length: 5000 }, (_, index) => index + 1))
  })

  it('reports a folder that is gone once, and goes on when it is back', async () => {
    const { file, problems } = open()
    rmSync(join(folder, 'demo'), { recursive: true })
    file.write(numbered(1))
    await waitUntil(() => problems.length > 0, 'the problem')
    file.write(numbered(2))
    await file.close()
    expect(problems).toEqual([{ code: 'ENOENT', message: `${file.path} cannot be written: ENOENT` }])
    mkdirSync(join(folder, 'demo'))
    file.write(numbered(3))
    await waitUntil(() => seqs(file.path).length === 3, 'what had waited is written')
    expect(seqs(file.path)).toEqual([1, 2, 3])
    expect(problems).toHaveLength(1)
  })

  it('does not follow a link that somebody put in its place', async () => {
    const { file, problems } = open()
    writeFileSync(join(folder, 'victim'), '')
    symlinkSync(join(folder, 'victim'), file.path)
    file.write(numbered(1))
    await file.close()
    expect(problems).toMatchObject([{ code: 'ELOOP' }])
    expect(statSync(join(folder, 'victim')).size).toBe(0)
  })
})

/** A file system of its own that holds 64 KiB, for the command and nothing else. */
const onSmallDisk = (command: string): string[] => ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=64k none "$0" && exec "$@"', command]
const canMount = ((): boolean => {
  const probe = mkdtempSync(join(tmpdir(), 'mount-'))
  try {
    execFileSync('unshare', [...onSmallDisk(probe), 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false // no user namespaces here: the test is skipped
  } finally {
    rmSync(probe, { recursive: true })
  }
})()

describe('a full disk', () => {
  it.skipIf(!canMount)('is survived: one problem, no line lost, every line whole, and it goes on when there is room', async () => {
    const script = new URL('./fixtures/full-disk.ts', import.meta.url).pathname
    const child = processes.spawn('unshare', [...onSmallDisk(folder), process.execPath, script, folder], {
      stdio: ['ignore', 'pipe', 'inherit']
    })
    let output = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
    await waitUntil(
      () => child.exitCode !== null,
      () => output
    )
    const { problems, before, after, torn } = JSON.parse(output) as { problems: Failure[]; before: number; after: number[]; torn: number }
    expect(problems).toEqual([{ code: 'ENOSPC', message: `${folder}/events.jsonl cannot be written: ENOSPC` }])
    expect(before).toBeLessThan(100)
    expect(after).toEqual(Array.from({ length: 101 }, (_, index) => index + 1))
    expect(torn).toBeLessThanOrEqual(1)
  })
})

describe('the state folder', () => {
  it('has its place by the XDG specification, and the system’s for root', () => {
    expect(defaultStateFolder('demo', {}, 0, '/root')).toBe('/var/lib/tsupervise/demo')
    expect(defaultStateFolder('demo', { XDG_STATE_HOME: '/s' }, 5, '/home/u')).toBe('/s/tsupervise/demo')
    expect(defaultStateFolder('demo', { XDG_STATE_HOME: 'relative' }, 5, '/home/u')).toBe('/home/u/.local/state/tsupervise/demo')
    expect(defaultStateFolder('demo', {}, 5, '/home/u')).toBe('/home/u/.local/state/tsupervise/demo')
  })

  it('is refused where others can write, there or above', () => {
    const path = join(folder, 'a', 'b')
    expect(prepareStateFolder(path, uid)).toEqual({ ok: true, value: path })
    for (const writable of [path, join(folder, 'a')]) {
      chmodSync(writable, 0o770)
      expect(prepareStateFolder(path, uid)).toMatchObject({ ok: false, error: { code: 'unsafe-folder' } })
      chmodSync(writable, 0o755)
    }
    expect(prepareStateFolder(path, uid).ok).toBe(true)
  })

  it('is refused where a shared folder above it is somebody’s own, accepted where it is sticky', () => {
    const shared = join(folder, 'shared')
    mkdirSync(shared)
    chmodSync(shared, 0o777)
    expect(prepareStateFolder(join(shared, 'x'), uid)).toMatchObject({ ok: false, error: { code: 'unsafe-folder' } })
    chmodSync(shared, 0o1777)
    expect(prepareStateFolder(join(shared, 'x'), uid).ok).toBe(true)
  })

  it.skipIf(uid !== 0)('is refused where it belongs to somebody else', () => {
    const path = join(folder, 'theirs')
    mkdirSync(path)
    chownSync(path, 12_345, 12_345)
    expect(prepareStateFolder(path, 0)).toMatchObject({ ok: false, error: { code: 'unsafe-folder' } })
  })

  it('says what else is in the way', () => {
    writeFileSync(join(folder, 'file'), '')
    expect(prepareStateFolder(join(folder, 'file', 'x'), uid)).toMatchObject({ ok: false, error: { code: 'ENOTDIR' } })
    expect(prepareStateFolder(join(folder, 'file'), uid)).toMatchObject({ ok: false, error: { code: 'EEXIST' } })
  })
})
