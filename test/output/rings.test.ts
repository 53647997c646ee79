import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutBytes } from '../../src/core/output/cut.ts'
import { createRing, MAX_LINE_BYTES } from '../../src/core/output/ring.ts'
import { createOutputRings } from '../../src/core/output/rings.ts'
import { FakeClock } from '../helpers/fake-clock.ts'

/** Bytes that are still referenced. */
function heapInUse(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}

const line = (seq: number, text: string) => ({ seq, time: 'now', stream: 'stdout' as const, text })

describe('a ring', () => {
  it('equals a plain list of the newest lines within both bounds', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 200, max: 900 }),
        fc.array(fc.string({ maxLength: 300 })),
        (maxLines, maxBytes, texts) => {
          const ring = createRing(maxLines, maxBytes)
          let removed = 0
          for (const [seq, text] of texts.entries()) removed += ring.push(line(seq, text))
          const kept = ring.lines()
          expect(kept.map(({ text }) => text)).toEqual(texts.slice(texts.length - kept.length))
          expect(kept.length + removed).toBe(texts.length)
          expect(kept.length).toBeLessThanOrEqual(maxLines)
          expect(ring.bytes).toBe(kept.reduce((sum, { text }) => sum + Buffer.byteLength(text) + 128, 0))
          if (kept.length > 1) expect(ring.bytes).toBeLessThanOrEqual(maxBytes)
          if (texts.length > 0) expect(kept.length).toBeGreaterThan(0)
          const older = texts.at(-kept.length - 1)
          if (older !== undefined && kept.length < maxLines) expect(ring.bytes + Buffer.byteLength(older) + 128).toBeGreaterThan(maxBytes)
        }
      )
    )
  })

  it('holds on to the bound over many lines', () => {
    const ring = createRing(10, 1e9)
    for (let seq = 0; seq < 50_000; seq++) ring.push(line(seq, 'x'))
    expect(ring.lines().map(({ seq }) => seq)).toEqual(Array.from({ length: 10 }, (_, index) => 49_990 + index))
  })

  it('lets go of the lines that had to go', () => {
    const ring = createRing(1000, 4 * 65_536)
    const before = heapInUse()
    for (let seq = 0; seq < 500; seq++) ring.push(line(seq, `${seq}`.padEnd(60_000, 'x')))
    expect(ring.size).toBe(4)
    expect(heapInUse() - before).toBeLessThan(2 * 2 ** 20) // 30 MB went through it
  })

  it('cuts a line that is too long, never inside a character', () => {
    const ring = createRing(10, 1e9)
    ring.push(line(1, `x${'é'.repeat(MAX_LINE_BYTES)}`))
    const text = ring.lines()[0]?.text ?? ''
    expect(Buffer.byteLength(text)).toBe(MAX_LINE_BYTES - 1)
    expect(text.endsWith('é')).toBe(true)
  })
})

describe('cutBytes', () => {
  it('gives a beginning that fits and misses at most one character of the room', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 50 }), fc.nat(60), (text, bytes) => {
        const cut = cutBytes(text, bytes)
        expect(text.startsWith(cut)).toBe(true)
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(bytes)
        if (cut !== text) expect(Buffer.byteLength(cut)).toBeGreaterThan(bytes - 4)
      })
    )
  })
})

describe('the rings of all nodes', () => {
  it('number the lines of a node across both streams, and count what is gone', () => {
    const rings = createOutputRings(new FakeClock())
    rings.configure('api', 2)
    for (const text of ['a', 'b', 'c']) rings.append('api', 'stdout', text)
    rings.append('api', 'stderr', 'oops')
    rings.append('api', 'stdout', 'd')
    rings.drop('api', 5)
    const { lines, dropped } = rings.window('api')
    expect(lines.map(({ seq, text }) => `${seq}${text}`)).toEqual(['3c', '4oops', '5d'])
    expect(lines[0]?.time).toBe('2026-01-01T00:00:00.000Z')
    expect(dropped).toBe(7)
    expect(rings.window('other')).toEqual({ lines: [], dropped: 0 })
  })

  it('keep a quiet stream when the other one floods', () => {
    const rings = createOutputRings(new FakeClock())
    rings.append('api', 'stderr', 'the reason')
    for (let count = 0; count < 5000; count++) rings.append('api', 'stdout', 'noise')
    expect(rings.window('api').lines[0]?.text).toBe('the reason')
    expect(rings.window('api').dropped).toBe(4000)
  })

  it('are bounded in bytes', () => {
    const rings = createOutputRings(new FakeClock(), 10_000)
    for (let count = 0; count < 100; count++) rings.append('api', 'stdout', 'x'.repeat(1000))
    expect(rings.window('api').lines).toHaveLength(8)
  })

  it('give the same window until something changes', () => {
    const rings = createOutputRings(new FakeClock())
    rings.append('api', 'stdout', 'a')
    const window = rings.window('api')
    expect(rings.window('api')).toBe(window)
    rings.append('api', 'stdout', 'b')
    expect(rings.window('api')).not.toBe(window)
    expect(window.lines).toHaveLength(1)
  })

  it('tell a reader once for many lines, of its own node only, until it leaves', () => {
    const clock = new FakeClock()
    const rings = createOutputRings(clock)
    let calls = 0
    const leave = rings.subscribe('api', () => {
      calls += 1
    })
    for (let count = 0; count < 100; count++) rings.append('api', 'stdout', 'x')
    rings.append('other', 'stdout', 'x')
    expect(calls).toBe(0)
    clock.advance(50)
    expect(calls).toBe(1)
    rings.append('api', 'stdout', 'x')
    clock.advance(50)
    expect(calls).toBe(2)
    rings.append('api', 'stdout', 'x')
    leave()
    clock.advance(1000)
    expect(calls).toBe(2)
    rings.append('api', 'stdout', 'x')
    expect(clock.pending).toBe(0)
  })

  it('keep the newest of what they hold when the size changes', () => {
    const rings = createOutputRings(new FakeClock())
    for (const text of ['a', 'b', 'c']) rings.append('api', 'stdout', text)
    rings.configure('api', 1)
    expect(rings.window('api')).toMatchObject({ lines: [{ seq: 3, text: 'c' }], dropped: 2 })
    rings.forget('api')
    expect(rings.window('api').lines).toEqual([])
  })
})
