import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeLeft, encodeLeft, type LeftRecord } from '../../src/core/supervision/left-record.ts'

const identity = fc.record({ pid: fc.integer({ min: 2, max: 4_194_304 }), startTime: fc.nat() })
const word = fc.string({ minLength: 1, maxLength: 60 })
const record: fc.Arbitrary<LeftRecord> = fc.record({
  boot: word,
  pidNamespace: word,
  supervisor: identity,
  nodes: fc.array(
    fc.record({
      node: word,
      incarnation: fc.integer({ min: 1, max: 1_000_000 }),
      leader: identity,
      uid: fc.nat(),
      cookie: fc.stringMatching(/^[0-9a-f]{32}$/),
      cgroup: fc.option(word, { nil: undefined }),
      startedAt: fc.double({ min: 0, max: 1e12, noNaN: true }),
      settingsHash: fc.string()
    }),
    { maxLength: 5 }
  )
})

test('what is written is read again', () => {
  fc.assert(
    fc.property(record, (kept) => {
      expect(decodeLeft(encodeLeft(kept))).toEqual({ ok: true, value: kept })
    })
  )
})

test('cut off anywhere, it is an error, never half a record', () => {
  fc.assert(
    fc.property(record, fc.double({ min: 0, max: 0.999, noNaN: true }), (kept, share) => {
      const text = encodeLeft(kept).trimEnd()
      expect(decodeLeft(text.slice(0, Math.floor(text.length * share)))).toMatchObject({ ok: false, error: { code: 'left-record' } })
    })
  )
})

test('whatever it is made of, nothing with an impossible pid or cookie comes out of it', () => {
  const jsonLike = fc.oneof(
    fc.json(),
    fc.string(),
    record.map(encodeLeft),
    fc.tuple(record, fc.nat(), fc.string({ maxLength: 3 })).map(spoil)
  )
  fc.assert(
    fc.property(jsonLike, (text) => {
      const decoded = decodeLeft(text)
      if (!decoded.ok) return
      for (const { leader, cookie } of decoded.value.nodes) {
        expect(leader.pid).toBeGreaterThan(1)
        expect(cookie).toMatch(/^[0-9a-f]{32}$/)
      }
    }),
    { numRuns: 1000 }
  )
})

function spoil([kept, at, by]: readonly [LeftRecord, number, string]): string {
  const text = encodeLeft(kept)
  const from = at % text.length
  return text.slice(0, from) + by + text.slice(from + 1)
}

test.each([{ pid: 1 }, { pid: 0 }, { pid: -5 }, { pid: 1.5 }, { pid: '7' }, { pid: null }, { startTime: -1 }])(
  'a leader with %j is refused',
  (change) => {
    const leader = { pid: 77, startTime: 5, ...change }
    const node = { node: 'a', incarnation: 1, leader, uid: 0, cookie: 'a'.repeat(32), startedAt: 1, settingsHash: '' }
    const text = JSON.stringify({
      format: 'tsupervise-left-1',
      boot: 'b',
      pidNamespace: 'n',
      supervisor: { pid: 9, startTime: 1 },
      nodes: [node]
    })
    expect(decodeLeft(text).ok).toBe(false)
    expect(decodeLeft(text.replace(JSON.stringify(leader), '{"pid":77,"startTime":5}')).ok).toBe(true)
  }
)
