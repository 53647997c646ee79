import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countLines, createLineBlocks, eachLine } from '../../src/core/spawn/line-blocks.ts'

/** The bytes in chunks, cut at the given places. */
function inChunks(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return places.slice(1).map((end, index) => bytes.subarray(places[index] ?? 0, end))
}

function linesOf(bytes: Buffer, cuts: readonly number[], longest?: number): string[] {
  const lines: string[] = []
  const blocks = createLineBlocks(longest)
  const take = (line: string): boolean => lines.push(line) > 0
  const lent = Buffer.alloc(bytes.length)
  for (const chunk of inChunks(bytes, cuts)) {
    chunk.copy(lent)
    eachLine(blocks.push(lent.subarray(0, chunk.length)), take, longest)
    lent.fill('?') // as the next read does
  }
  eachLine(blocks.end(), take, longest)
  return lines
}

const cuts = fc.array(fc.nat(10_000), { maxLength: 20 })
const word = fc.string({ unit: 'binary', maxLength: 30 }).map((text) => text.replaceAll(/[\n\r]/g, '') || 'x')

test('lines are whole however the stream is cut, within characters too', () => {
  fc.assert(
    fc.property(fc.array(word, { minLength: 1 }), cuts, fc.constantFrom('\n', '\r\n'), fc.boolean(), (words, where, end, last) => {
      const text = words.join(end) + (last ? end : '')
      expect(linesOf(Buffer.from(text), where)).toEqual(words.map((line) => Buffer.from(line).toString()))
    })
  )
})

test('long lines are cut between characters, and nothing is lost', () => {
  fc.assert(
    fc.property(fc.array(word), cuts, fc.integer({ min: 4, max: 40 }), (words, where, longest) => {
      const text = Buffer.from(words.join('\n')).toString()
      const lines = linesOf(Buffer.from(text), where, longest)
      expect(lines.join('')).toBe(text.replaceAll('\n', ''))
      for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(longest)
    })
  )
})

test('any bytes give lines within the bound', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5000 }), cuts, (bytes, where) => {
      for (const line of linesOf(Buffer.from(bytes), where, 64)) expect([...line].length).toBeLessThanOrEqual(64)
    })
  )
})

test('a flood without newlines is held back no more than one line', () => {
  const blocks = createLineBlocks(1000)
  let given = 0
  for (let n = 1; n <= 500; n++) {
    given += blocks.push(Buffer.alloc(100, 'x')).length
    expect(n * 100 - given).toBeLessThanOrEqual(1000)
  }
})

test('lines that are not wanted are counted', () => {
  const block = Buffer.from('a\nb\nc\nd')
  const lines: string[] = []
  expect(eachLine(block, (line) => line !== 'b' && lines.push(line) > 0)).toBe(3)
  expect(lines).toEqual(['a'])
  expect(countLines(block)).toBe(4)
  expect(countLines(Buffer.from('a\n'))).toBe(1)
  expect(countLines(Buffer.alloc(0))).toBe(0)
})
