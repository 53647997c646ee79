import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createDecoder, encodeMessage, MESSAGE_BYTES } from '../../src/core/reaper/protocol.ts'

const word = fc.integer({ min: 0, max: 0xffffffff })
const wire = fc.record({ parent: word, child: word, code: fc.oneof(fc.constantFrom(1, 2, 3), word) })

/** The bytes cut at these places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end))
}

test('any chunking gives the same messages, and holds back only what is no message yet', () => {
  fc.assert(
    fc.property(fc.array(wire, { maxLength: 40 }), fc.array(fc.nat(), { maxLength: 30 }), fc.nat(11), (messages, places, tail) => {
      const bytes = Buffer.concat([...messages.map(encodeMessage), Buffer.alloc(tail, 0xff)])
      const decoder = createDecoder()
      const found = []
      for (const chunk of cut(bytes, places)) {
        decoder.feed(chunk)
        for (let next = decoder.next(); next !== undefined; next = decoder.next()) found.push(next)
        expect(decoder.waiting).toBeLessThan(MESSAGE_BYTES)
      }
      expect(found.map(({ parent, child, code }) => ({ parent, child, code }))).toEqual(messages)
      expect(decoder.waiting).toBe(tail)
    })
  )
})

test('messages may be taken between chunks or after them', () => {
  const messages = [1, 2, 3, 4].map((code) => ({ parent: 10 + code, child: 0xffffffff, code }))
  const decoder = createDecoder()
  for (const message of messages) decoder.feed(encodeMessage(message))
  expect(messages.map(() => decoder.next())).toEqual(
    messages.map((message, index) => ({ ...message, action: ['register', 'unregister', 'ping', undefined][index] }))
  )
  expect(decoder.next()).toBeUndefined()
})

test('the words stand in the byte order of the host', () => {
  const words = new Uint32Array([7, 0xffffffff, 3])
  expect(encodeMessage({ parent: 7, child: 0xffffffff, code: 3 })).toEqual(Buffer.from(words.buffer))
})
