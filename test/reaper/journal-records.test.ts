import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeRecord, type JournalPair, type JournalRecord, readJournal } from '../../src/core/reaper/journal-records.ts'
import { pairKey } from '../../src/core/reaper/registry.ts'

const number = fc.integer({ min: 1, max: 5 })
const TERMS = { signal: 'SIGINT', graceMs: 1500, scope: 'child' } as const
/** What a record without terms means. */
const DEFAULTS = { terms: { signal: 'SIGTERM', graceMs: 5000, scope: 'tree' }, since: 77 } as const

const somePair: fc.Arbitrary<JournalPair> = fc.record({
  parent: fc.record({ pid: number, startTime: fc.nat(3) }),
  child: fc.record({ pid: number, startTime: fc.nat(3) }),
  uid: fc.constantFrom(0, 1000),
  terms: fc.record({
    signal: fc.constantFrom('SIGTERM' as const, 'SIGKILL' as const, 'SIGINT' as const),
    graceMs: fc.constantFrom(0, 0.5, 5000),
    scope: fc.constantFrom('child' as const, 'tree' as const)
  }),
  since: fc.nat()
})
const record = fc.record({ kind: fc.constantFrom('added' as const, 'removed' as const), pair: somePair })
const records: fc.Arbitrary<readonly Change[]> = fc.array(record, { maxLength: 25 })
const HEAD: JournalRecord = { kind: 'head', boot: 'b00t', pidNamespace: 'pid:[1]' }

type Change = { readonly kind: 'added' | 'removed'; readonly pair: JournalPair }

const bytesOf = (list: readonly Change[]): Buffer => Buffer.from([HEAD, ...(list as readonly JournalRecord[])].map(encodeRecord).join(''))

/** What a list of records leaves. */
function stateAfter(list: readonly Change[]): string[] {
  const state = new Map<string, string>()
  for (const { kind, pair } of list) {
    if (kind === 'added') state.set(pairKey(pair), shown(pair))
    else state.delete(pairKey(pair))
  }
  return [...state.values()].sort()
}

/** Everything that the journal keeps of it. */
const shown = (pair: JournalPair): string => JSON.stringify([pairKey(pair), pair.terms, pair.since])

const read = (bytes: Buffer) => readJournal(bytes, pairKey, DEFAULTS)
const keys = (bytes: Buffer): string[] => read(bytes).pairs.map(shown).sort()

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
    const [one, two] = [1, 2].map((pid) => ({
      parent: { pid, startTime: 1 },
      child: { pid: 9, startTime: 1 },
      uid: 0,
      terms: TERMS,
      since: 1
    }))
    if (one === undefined || two === undefined) throw new Error('no pairs')
    const damaged = Buffer.concat([
      bytesOf([{ kind: 'added', pair: one }]),
      Buffer.from('rubbish\n'),
      Buffer.from(encodeRecord({ kind: 'added', pair: two }))
    ])
    expect(read(damaged)).toMatchObject({ pairs: [two], damaged: 1 })
  })

  test('a signal or scope that there is not is damage, whatever its checksum', () => {
    for (const words of [
      'SIGNONE 5 tree 1',
      'SIGSTOP 5 tree 1',
      'SIGTERM -1 tree 1',
      'SIGTERM x tree 1',
      'SIGTERM 5 all 1',
      'SIGTERM 5 tree'
    ]) {
      const text = `+ 1 1 2 1 0 ${words}`
      const bytes = Buffer.concat([bytesOf([]), Buffer.from(`${crc32(text).toString(16).padStart(8, '0')} ${text}\n`)])
      expect(read(bytes)).toMatchObject({ pairs: [], damaged: 1 })
    }
  })
})
