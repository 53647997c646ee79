import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createDecoder, type Input } from '../../src/ui/input/decode.ts'

const keysOf = (...chunks: readonly string[]): string[] => {
  const decoder = createDecoder()
  const inputs = chunks.flatMap((chunk) => decoder.push(chunk))
  return [...inputs, ...decoder.flush()].map((input) => (input.kind === 'key' ? input.key : `paste:${input.text}`))
}

describe('keys', () => {
  test('of xterm, of the Linux console, of rxvt', () => {
    expect(keysOf('\x1b[A\x1bOB\x1b[5~\x1b[6~\x1b[H\x1b[4~\x1bOF')).toEqual(['up', 'down', 'pageup', 'pagedown', 'home', 'end', 'end'])
    expect(keysOf('\x1bOP\x1b[11~\x1b[[A\x1b[15~\x1b[[E\x1b[20~\x1b[21~')).toEqual(['f1', 'f1', 'f1', 'f5', 'f5', 'f9', 'f10'])
    expect(keysOf('q\rg G\x7f\t')).toEqual(['q', 'enter', 'g', 'space', 'G', 'backspace', 'tab'])
    expect(keysOf('\x03\x0e\x10\x0c\x1a')).toEqual(['ctrl-c', 'ctrl-n', 'ctrl-p', 'ctrl-l', 'ctrl-z'])
  })

  test('with modifiers are other keys', () => {
    expect(keysOf('\x1b[1;5A\x1bq\x1b[15;2~')).toEqual(['ctrl-up', 'alt-q', 'shift-f5'])
  })

  test('a lone escape is a key only when nothing follows', () => {
    expect(keysOf('\x1b')).toEqual(['escape'])
    expect(keysOf('\x1b', '[A')).toEqual(['up'])
    expect(keysOf('\x1b[', '1;', '5A')).toEqual(['ctrl-up'])
    expect(keysOf('\x1b\x1b[A')).toEqual(['escape', 'up'])
  })

  test('half a sequence and answers of the terminal are no keys', () => {
    expect(keysOf('\x1b[12')).toEqual([])
    expect(keysOf('\x1b[?62;22c\x1b]11;rgb:0000/0000/0000\x07\x1b[3;1R\x1b[I\x1bP1$r0m\x1b\\x')).toEqual(['x'])
  })
})

describe('pastes', () => {
  test('are one input, however they arrive', () => {
    expect(keysOf('a\x1b[200~q\rx\x03\x1b[201~b')).toEqual(['a', 'paste:q\rx\x03', 'b'])
    expect(keysOf('\x1b[20', '0~ki', 'll\x1b[2', '01~', 'j')).toEqual(['paste:kill', 'j'])
  })

  test('without an end hold everything back until they are given up', () => {
    const decoder = createDecoder()
    expect(decoder.push('\x1b[200~x')).toEqual([])
    expect(decoder.waiting).toBe('paste')
    expect(decoder.push('q\rkR')).toEqual([])
    expect(decoder.flush()).toEqual([])
    expect(decoder.push('q')).toEqual([{ kind: 'key', key: 'q' }])
  })

  test('that are huge are cut, and end where they end', () => {
    const decoder = createDecoder()
    decoder.push('\x1b[200~')
    for (let part = 0; part < 100; part++) expect(decoder.push('x'.repeat(10_000))).toEqual([])
    const inputs = [...decoder.push('end\x1b[20'), ...decoder.push('1~q')]
    expect(inputs.at(-1)).toEqual({ kind: 'key', key: 'q' })
    const [paste] = inputs
    expect(paste?.kind === 'paste' && paste.text.length).toBeLessThan(70_000)
  })
})

test('cutting the input anywhere changes nothing', () => {
  const piece = fc.constantFrom(
    'a',
    'G',
    '\r',
    '\x03',
    '\x1b[A',
    '\x1b[1;5C',
    '\x1bOP',
    '\x1b[200~paste x\x1b[201~',
    '\x1b]0;t\x07',
    '漢',
    '🙂',
    '\x1b[[B'
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.array(fc.nat(200), { maxLength: 6 }), (pieces, cuts) => {
      const whole = pieces.join('')
      // between the halves of a surrogate pair no chunk ends: stdin decodes UTF-8
      const places = [
        0,
        ...cuts.filter((at) => at < whole.length && !/[\udc00-\udfff]/.test(whole[at] ?? '')).sort((a, b) => a - b),
        whole.length
      ]
      const chunks = places.slice(1).map((to, index) => whole.slice(places[index], to))
      expect(keysOf(...chunks)).toEqual(keysOf(whole))
    })
  )
})

test('any bytes at all are decoded, in bounded memory', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 30 }), { maxLength: 20 }), (chunks) => {
      const decoder = createDecoder()
      const inputs: Input[] = chunks.flatMap((chunk) => decoder.push(chunk))
      decoder.flush()
      expect(decoder.waiting).toBe('no')
      expect(inputs.every((input) => (input.kind === 'key' ? input.key.length > 0 : true))).toBe(true)
    })
  )
})
