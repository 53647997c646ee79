import fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import { bar, sparkline } from '../../src/ui/format/chart.ts'
import { formatPercent } from '../../src/ui/format/percent.ts'
import { safe } from '../../src/ui/format/safe.ts'
import { formatBytes, formatGrowth } from '../../src/ui/format/size.ts'
import { clockTime, formatAbout, formatDuration, formatLeft, formatSpan } from '../../src/ui/format/time.ts'
import { cut, fill, widthOf, wrap } from '../../src/ui/format/width.ts'
import { createLook, type Line, lookOf, paint } from '../../src/ui/theme.ts'

const unicode = createLook({ color: true, ascii: false })
const ascii = createLook({ color: false, ascii: true })

/** Text as a hostile program would call itself: controls, marks, wide and joined characters, right-to-left overrides. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.constantFrom(
        '\x1b[31m',
        '\x1b]0;title\x07',
        '\r\n',
        '\u202e',
        '👨‍👩‍👧',
        '🇩🇪',
        '漢字',
        'é\u0301\u0301\u0301',
        '\u200d',
        'ﷺ',
        '\x9b2J',
        '\ud800',
        '👍🏽',
        '한글'
      )
    ),
    { maxLength: 12 }
  )
  .map((parts) => parts.join(''))

const CONTROL = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

describe('text made safe', () => {
  test('controls are shown, not sent', () => {
    expect(safe('a\x1b[31mb\x07\x7f\n', false)).toBe('a␛[31mb␇␡␊')
    expect(safe('a\x1b[31mb\x07\x7f\n', true)).toBe('a^[[31mb^G^?^J')
    expect(safe('user\u202egnp.exe', false)).toBe('user\\u202egnp.exe')
    expect(safe('\x9b2J', false)).toBe('\\x9b2J')
  })

  test('has no control characters, is ASCII where asked, and is the same when made safe again', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const shown = safe(text, false)
        expect(shown).not.toMatch(CONTROL)
        expect(safe(shown, false)).toBe(shown)
        expect(safe(text, true)).toMatch(/^[\x20-\x7e]*$/)
      })
    )
  })
})

describe('widths', () => {
  test('cut and filled text never takes more columns than it may', () => {
    fc.assert(
      fc.property(hostile, fc.nat(40), (text, columns) => {
        const shown = safe(text, false)
        expect(stringWidth(cut(shown, columns, '…'))).toBeLessThanOrEqual(columns)
        expect(stringWidth(fill(shown, columns, 'right', '…'))).toBe(columns)
      })
    )
  })

  test('the quick way agrees with the tables of Unicode', () => {
    const quick = [...' ~─│┌█░▕▏▁▇■▲▼▾▸○◌●◐…›·']
    for (const character of quick) expect([character, widthOf(character)]).toEqual([character, stringWidth(character)])
  })

  test('wrapped lines fit and lose no word', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { maxLength: 20 }), fc.integer({ min: 24, max: 60 }), (words, columns) => {
        const lines = wrap(words.join(' '), columns)
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns)
        expect(lines.join(' ').split(' ').filter(Boolean)).toEqual(words)
      })
    )
  })
})

describe('a painted line', () => {
  const line = fc.array(fc.tuple(hostile, fc.constantFrom('plain' as const, 'alarm' as const, 'dim' as const)), { maxLength: 6 })

  test('is never wider than it may be and holds no bytes but text and colours', () => {
    fc.assert(
      fc.property(line as fc.Arbitrary<Line>, fc.integer({ min: 1, max: 60 }), fc.boolean(), (segments, columns, selected) => {
        const painted = paint(unicode, segments, columns, selected)
        const bare = painted.replace(/\x1b\[[\d;]*m/g, '')
        expect(bare).not.toMatch(CONTROL)
        expect(stringWidth(bare)).toBeLessThanOrEqual(columns)
        if (selected) expect(stringWidth(bare)).toBe(columns)
      })
    )
  })

  test('without colours has no escape at all', () => {
    expect(paint(ascii, [['stuck', 'alarm']], 20)).toBe('stuck')
    expect(paint(ascii, [['stuck', 'alarm']], 8, true)).toBe('stuck   ')
    expect(paint(unicode, [['stuck', 'alarm']], 20)).toBe('\x1b[1;31mstuck\x1b[0m')
  })
})

test('what a terminal can show', () => {
  const what = (environment: Record<string, string>, options = {}) => {
    const { color, ascii: isAscii } = lookOf(environment, options)
    return { color, ascii: isAscii }
  }
  expect(what({ LANG: 'en_US.UTF-8', TERM: 'xterm' })).toEqual({ color: true, ascii: false })
  expect(what({ LANG: 'C.utf8' })).toEqual({ color: true, ascii: false })
  expect(what({ LANG: 'en_US.UTF-8', LC_ALL: 'C' })).toEqual({ color: true, ascii: true })
  expect(what({ LANG: 'C', LC_CTYPE: 'de_DE.UTF-8' })).toEqual({ color: true, ascii: false })
  expect(what({})).toEqual({ color: true, ascii: true })
  expect(what({ LANG: 'C.UTF-8', NO_COLOR: '1' })).toEqual({ color: false, ascii: false })
  expect(what({ LANG: 'C.UTF-8', NO_COLOR: '' })).toEqual({ color: true, ascii: false })
  expect(what({ LANG: 'C.UTF-8', TERM: 'dumb' })).toEqual({ color: false, ascii: false })
  expect(what({ LANG: 'C.UTF-8', NO_COLOR: '1' }, { color: true, ascii: true })).toEqual({ color: true, ascii: true })
})

describe('amounts', () => {
  test('sizes', () => {
    expect([0, 512, 2048, 86 * 2 ** 20, 999.4 * 2 ** 20, 999.6 * 2 ** 20, 24 * 2 ** 30].map(formatBytes)).toEqual([
      '0B',
      '512B',
      '2K',
      '86M',
      '999M',
      '1.0G',
      '24G'
    ])
    expect(formatGrowth(24 * 2 ** 20, 200 * 2 ** 20)).toBe('+24/200M')
    expect(formatGrowth(-3 * 2 ** 20, 200 * 2 ** 20)).toBe('-3/200M')
    expect(formatGrowth(1.2 * 2 ** 30, 2 * 2 ** 30)).toBe('+1.2/2.0G')
  })

  test('times', () => {
    expect([0, 59_999, 60_000, 242_000, 11_469_000, 187_200_000, 120 * 86_400_000, -1, Number.NaN].map(formatDuration)).toEqual([
      '0s',
      '59s',
      '1m00s',
      '4m02s',
      '3h11m',
      '2d04h',
      '120d',
      '-',
      '-'
    ])
    expect([600_000, 90_000, 2500, 12_000, 7_200_000].map(formatSpan)).toEqual(['10m', '1m30s', '2.5s', '12s', '2h'])
    expect([0, 1, 2999, 3000, -5].map(formatLeft)).toEqual(['0s', '1s', '3s', '3s', '0s'])
    expect(clockTime('not a time')).toBe('--:--:--')
  })

  test('whatever the number, the column holds it', () => {
    const number = fc.oneof(fc.double(), fc.integer(), fc.double({ min: 0, max: 1e17 }))
    fc.assert(
      fc.property(number, (value) => {
        expect(formatDuration(value).length).toBeLessThanOrEqual(6)
        expect(formatPercent(value).length).toBeLessThanOrEqual(5)
        expect(formatAbout(value).length).toBeLessThanOrEqual(3)
      })
    )
    fc.assert(
      fc.property(fc.double({ min: 0, max: 2 ** 53, noNaN: true }), (bytes) => {
        expect(formatBytes(bytes).length).toBeLessThanOrEqual(5)
      })
    )
  })
})

describe('charts', () => {
  test('a bar is empty at nothing, full only at the limit', () => {
    expect(bar(0, 5, unicode.glyphs)).toBe('▕░░░░░▏')
    expect(bar(0.1, 5, unicode.glyphs)).toBe('▕█░░░░▏')
    expect(bar(0.99, 5, unicode.glyphs)).toBe('▕████░▏')
    expect(bar(1, 5, unicode.glyphs)).toBe('▕█████▏')
    expect(bar(Number.POSITIVE_INFINITY, 3, ascii.glyphs)).toBe('[...]')
  })

  test('a sparkline shows the newest at the right, each column the highest of its values', () => {
    expect(sparkline([0, 5, 10], 3, 10, unicode.glyphs)).toBe('▁▅█')
    expect(sparkline([10], 3, 10, unicode.glyphs)).toBe('  █')
    expect(sparkline([0, 10, 0, 0], 2, 10, ascii.glyphs, 2)).toBe('#_')
    expect(sparkline([], 4, 10, unicode.glyphs)).toBe('    ')
  })

  test('bars and sparklines have their width for all numbers', () => {
    fc.assert(
      fc.property(fc.double(), fc.array(fc.double(), { maxLength: 50 }), fc.integer({ min: 1, max: 20 }), (ratio, values, columns) => {
        expect([...bar(ratio, columns, unicode.glyphs)]).toHaveLength(columns + 2)
        expect([...sparkline(values, columns, 100, unicode.glyphs, 3)]).toHaveLength(columns)
      })
    )
  })
})
