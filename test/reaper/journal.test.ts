import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Failure } from '../../src/core/errors.ts'
import { openJournal } from '../../src/core/reaper/journal.ts'
import { encodeRecord, type JournalRecord, readJournal } from '../../src/core/reaper/journal-records.ts'
import { createRegistry, type Pair, pairKey } from '../../src/core/reaper/registry.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsupervise-journal-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const number = fc.integer({ min: 1, max: 5 })
const somePair: fc.Arbitrary<Pair> = fc.record({
  parent: fc.record({ pid: number, startTime: fc.nat(3) }),
  child: fc.record({ pid: number, startTime: fc.nat(3) }),
  uid: fc.constantFrom(0, 1000)
})
const records = fc.array(fc.record({ kind: fc.constantFrom('added' as const, 'removed' as const), pair: somePair }), { maxLength: 25 })
const HEAD: JournalRecord = { kind: 'head', boot: 'b00t', pidNamespace: 'pid:[1]' }

const bytesOf = (list: readonly JournalRecord[]): Buffer => Buffer.from([HEAD, ...list].map(encodeRecord).join(''))

/** What a list of records leaves. */
function stateAfter(list: readonly { kind: 'added' | 'removed'; pair: Pair }[]): string[] {
  const state = new Set<string>()
  for (const { kind, pair } of list) {
    if (kind === 'added') state.add(pairKey(pair))
    else state.delete(pairKey(pair))
  }
  return [...state].sort()
}

const read = (bytes: Buffer) => readJournal(bytes, pairKey)
const keys = (bytes: Buffer): string[] => read(bytes).pairs.map(pairKey).sort()

describe('what is read', () => {
  test('is what was written', () => {
    fc.assert(
      fc.property(records, (list) => {
        expect(keys(bytesOf(list))).toEqual(stateAfter(list))
      })
    )
  })

  test('any truncation gives the state after the records that are whole', () => {
    fc.assert(
      fc.property(records, fc.nat(), (list, place) => {
        const bytes = bytesOf(list)
        const cut = bytes.subarray(0, place % (bytes.length + 1))
        const whole = cut.toString('latin1').split('\n').length - 2
        expect(keys(cut)).toEqual(whole < 0 ? [] : stateAfter(list.slice(0, whole)))
      })
    )
  })

  test('any flipped byte: no pair that was not registered, none that was taken back (but by the very last line)', () => {
    fc.assert(
      fc.property(records, fc.nat(), fc.integer({ min: 1, max: 255 }), (list, place, flip) => {
        const bytes = bytesOf(list)
        const at = place % bytes.length
        bytes[at] = (bytes[at] ?? 0) ^ flip
        const allowed = new Set([...stateAfter(list), ...(at === bytes.length - 1 ? stateAfter(list.slice(0, -1)) : [])])
        for (const key of keys(bytes)) expect(allowed).toContain(key)
      }),
      { numRuns: 2000 }
    )
  })

  test('any bytes at all: no crash, no pair', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(read(Buffer.from(bytes)).pairs).toEqual([])
      })
    )
  })

  test('what comes after a damaged line counts again', () => {
    const [one, two] = [1, 2].map((pid) => ({ parent: { pid, startTime: 1 }, child: { pid: 9, startTime: 1 }, uid: 0 }))
    if (one === undefined || two === undefined) throw new Error('no pairs')
    const damaged = Buffer.concat([
      bytesOf([{ kind: 'added', pair: one }]),
      Buffer.from('rubbish\n'),
      Buffer.from(encodeRecord({ kind: 'added', pair: two }))
    ])
    expect(read(damaged)).toMatchObject({ pairs: [two], damaged: 1 })
  })
})

describe('the file', () => {
  const pair = (child: number): Pair => ({ parent: { pid: 1, startTime: 1 }, child: { pid: child, startTime: 1 }, uid: 0 })

  const open = (boot = 'b00t', pidNamespace = 'pid:[1]', onProblem = (_: Failure): void => undefined) => {
    const registry = createRegistry()
    const opened = openJournal({ path: join(folder, 'journal'), boot, pidNamespace, pairs: () => registry.all(), onProblem })
    if (!opened.ok) throw new Error(opened.error.message)
    return { journal: opened.value, registry }
  }

  test('keeps what was flushed, without being closed', () => {
    const { journal } = open()
    for (const child of [2, 3, 4]) journal.added(pair(child))
    journal.removed(pair(3))
    journal.flush()
    journal.added(pair(5))
    expect(open().journal.left.map(({ child }) => child.pid)).toEqual([2, 4])
  })

  test('of another boot or pid namespace means nothing', () => {
    for (const [boot, namespace] of [
      ['other', 'pid:[1]'],
      ['b00t', 'pid:[2]']
    ]) {
      const { journal } = open()
      journal.added(pair(2))
      journal.flush()
      expect(open(boot, namespace).journal.left).toEqual([])
    }
  })

  test('a torn tail is cut off, and more can be written behind it', () => {
    const { journal } = open()
    journal.added(pair(2))
    journal.flush()
    appendFileSync(join(folder, 'journal'), encodeRecord({ kind: 'added', pair: pair(3) }).slice(0, -4))
    const second = open()
    expect(second.journal.left).toEqual([pair(2)])
    expect(second.journal.damage).toBeUndefined()
    second.journal.added(pair(4))
    second.journal.flush()
    expect(open().journal.left).toEqual([pair(2), pair(4)])
  })

  test('damage is told', () => {
    writeFileSync(join(folder, 'journal'), `${encodeRecord(HEAD)}rubbish\n`)
    expect(open().journal.damage).toMatch('1 lines')
  })

  test('is written anew before it grows without bound', () => {
    const { journal, registry } = open()
    registry.add(pair(7))
    journal.added(pair(7))
    for (let round = 0; round < 20_000; round++) {
      journal.added(pair(2))
      journal.removed(pair(2))
      journal.flush()
    }
    expect(readFileSync(join(folder, 'journal')).length).toBeLessThan(500_000)
    expect(open().journal.left).toEqual([pair(7)])
  })

  test('a full disk is a problem, told once, and the file is whole again afterwards', () => {
    const problems: string[] = []
    const { journal, registry } = open('b00t', 'pid:[1]', ({ code }) => void problems.push(code))
    // a folder that is gone is as bad as a full disk for the next file, and can be made again
    rmSync(folder, { recursive: true })
    for (let round = 0; round < 5000; round++) {
      journal.added(pair(2))
      journal.flush()
      journal.removed(pair(2))
      journal.flush()
    }
    expect(problems).toEqual(['ENOENT'])
    expect(registry.size).toBe(0)
  })
})
