import { appendFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSystemClock } from '../../src/core/clock.ts'
import type { SupervisorEvent } from '../../src/core/events.ts'
import type { Receipt } from '../../src/core/receipt.ts'
import { createEventFile } from '../../src/log/event-file.ts'
import { createEventHistory } from '../../src/log/event-history.ts'
import { readLinesBackwards } from '../../src/log/read-backwards.ts'
import { event, receipt } from '../helpers/arbitrary-events.ts'
import { FakeClock } from '../helpers/fake-clock.ts'

let folder = ''
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'history-')), 'demo')
  mkdirSync(folder, { mode: 0o700 })
})
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }))

const at = (seq: number, node = 'api', pad = ''): SupervisorEvent => event({ type: 'node-ready', detail: pad }, { node, seq })
const oneReceipt = fc.sample(receipt, { numRuns: 1, seed: 7 })[0] as Receipt
const stop = (seq: number, id: number, closedAt?: string): SupervisorEvent =>
  event(
    { type: closedAt === undefined ? 'receipt-opened' : 'receipt-closed', receipt: { ...oneReceipt, id, closedAt } },
    { node: 'api', seq }
  )

function run(runId: string, more: { maxFileBytes?: number } = {}) {
  const opened = createEventFile({
    folder,
    uid: process.getuid?.() ?? 0,
    clock: createSystemClock(),
    redact: (text) => text,
    onProblem: (problem) => {
      throw new Error(problem.message)
    },
    runId,
    ...more
  })
  if (!opened.ok) throw new Error(opened.error.message)
  const file = opened.value
  const history = createEventHistory({ folder, runId, flush: () => file.flush() })
  const events = async (since: number, given: { node?: string; most?: number; runs?: 'this' | 'all' } = {}): Promise<number[]> => {
    const found = await history.events({ since, node: given.node, most: given.most ?? 1e9, runs: given.runs ?? 'this' })
    if (!found.ok) throw new Error(found.error.message)
    return found.value.map(({ seq }) => seq)
  }
  return { file, history, events }
}

describe('the history of a run', () => {
  it('is read back at once, without waiting for the disk', async () => {
    const { file, events } = run('r1')
    for (let seq = 1; seq <= 50; seq++) file.write(at(seq, seq % 2 === 0 ? 'api' : 'web'))
    expect(await events(45)).toEqual([46, 47, 48, 49, 50])
    expect(await events(0, { node: 'api', most: 3 })).toEqual([46, 48, 50])
    expect(await events(0)).toHaveLength(50)
    await file.close()
  })

  it('goes back through the files that were set aside, while they are rotated', async () => {
    const { file, events } = run('r1', { maxFileBytes: 4000 })
    for (let seq = 1; seq <= 60; seq++) {
      file.write(at(seq, 'api', 'x'.repeat(100)))
      if (seq % 10 === 0) await file.flush()
    }
    expect(existsSync(join(folder, 'events.jsonl.2'))).toBe(true)
    const reading = events(20)
    renameSync(join(folder, 'events.jsonl.2'), join(folder, 'events.jsonl.3'))
    const found = await reading
    expect(found.at(-1)).toBe(60)
    expect(found).toEqual(found.toSorted((a, b) => a - b))
    await file.close()
  })

  it('is that of this run, unless all are asked for; each event says of which run it is', async () => {
    const first = run('first')
    for (let seq = 1; seq <= 3; seq++) first.file.write(at(seq))
    await first.file.close()
    const second = run('second')
    for (let seq = 1; seq <= 2; seq++) second.file.write(at(seq))
    expect(await second.events(0)).toEqual([1, 2])
    expect(await second.events(1)).toEqual([2])
    expect(await second.events(0, { runs: 'all' })).toEqual([1, 2, 3, 1, 2])
    const all = await second.history.events({ since: 0, node: undefined, most: 3, runs: 'all' })
    expect(all.ok && all.value.map(({ run: of, seq }) => [of, seq])).toEqual([
      ['first', 3],
      ['second', 1],
      ['second', 2]
    ])
    await second.file.close()
  })

  it('gives the newest of each receipt, and of earlier runs with their run', async () => {
    const first = run('first')
    first.file.write(stop(1, 1))
    first.file.write(stop(2, 1, '2026-01-01T00:00:00.000Z'))
    await first.file.close()
    const second = run('second')
    second.file.write(stop(1, 1))
    const all = await second.history.receipts({ most: 10, runs: 'all' })
    expect(all.ok && all.value.map(({ id, run: of, closedAt }) => [id, of, closedAt !== undefined])).toEqual([
      [1, 'first', true],
      [1, undefined, false]
    ])
    const own = await second.history.receipts({ most: 10, runs: 'this' })
    expect(own.ok && own.value).toHaveLength(1)
    await second.file.close()
  })

  it('passes over what was cut or is no event', async () => {
    const { file, events } = run('r1')
    file.write(at(1))
    await file.flush()
    appendFileSync(join(folder, 'events.jsonl'), '{"type":"node-re\n[]\nnull\n\n')
    file.write(at(2))
    await file.flush()
    appendFileSync(join(folder, 'events.jsonl'), '{"seq":3,"type":"half')
    expect(await events(0)).toEqual([1, 2])
    await file.close()
  })

  it('is refused where none is kept', async () => {
    const none = createEventHistory({ folder: undefined, runId: 'x', flush: async () => undefined })
    expect(await none.receipts({ most: 1, runs: 'this' })).toMatchObject({ ok: false, error: { code: 'no-history' } })
  })
})

describe('its age', () => {
  it('is bounded: files are set aside in time, and go', async () => {
    const clock = new FakeClock()
    clock.setWall(Date.now())
    const day = 86_400_000
    const opened = createEventFile({ folder, uid: process.getuid?.() ?? 0, clock, redact: (text) => text, onProblem: () => undefined })
    if (!opened.ok) throw new Error(opened.error.message)
    const path = join(folder, 'events.jsonl')
    writeFileSync(`${path}.1`, 'old\n')
    utimesSync(`${path}.1`, new Date(Date.now() - 31 * day), new Date(Date.now() - 31 * day))
    writeFileSync(`${path}.2`, 'younger\n')
    opened.value.write(at(1))
    await opened.value.flush()
    expect([existsSync(`${path}.1`), existsSync(`${path}.2`)]).toEqual([false, true])
    clock.setWall(Date.now() + 7 * day)
    opened.value.write(at(2))
    await opened.value.flush()
    expect(statSync(`${path}.1`).size).toBeGreaterThan(0)
    await opened.value.close()
  })
})

it('reading backwards gives the lines of any file, whatever the pieces', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => text.replaceAll('\n', ' ')),
        { maxLength: 20 }
      ),
      fc.nat(300_000),
      async (lines, pad) => {
        const path = join(folder, 'lines')
        const all = ['y'.repeat(pad), ...lines]
        writeFileSync(path, all.map((line) => `${line}\n`).join(''))
        const file = await open(path, 'r')
        const found: string[] = []
        for await (const line of readLinesBackwards(file)) found.push(line)
        await file.close()
        const wanted = all.toReversed()
        expect(found).toEqual(wanted.at(-1) === '' ? wanted.slice(0, -1) : wanted)
      }
    ),
    { numRuns: 40 }
  )
})
