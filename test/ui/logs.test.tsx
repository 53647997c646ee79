import fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import type { LogLine, LogWindow } from '../../src/session.ts'
import { charactersOf } from '../../src/ui/format/width.ts'
import { createLook } from '../../src/ui/theme.ts'
import { initialView, topPane, type ViewState } from '../../src/ui/view/state.ts'
import { ago, fakeState } from '../helpers/fake-session.ts'
import { frameOf, plainLook } from '../helpers/frame.tsx'
import { play, typed, worldOf } from '../helpers/world.ts'

const small = { columns: 80, rows: 24 }
/** Lines of the pane on such a screen: all but header, rule and footer, and the last row. */
const HEIGHT = 20

const written = (texts: readonly string[], changes: Partial<LogLine> = {}): LogWindow => ({
  lines: texts.map((text, index): LogLine => ({ seq: index + 1, time: ago(1), stream: 'stdout', text, ...changes })),
  dropped: 0
})
const numbered = (count: number, text: (index: number) => string) => written(Array.from({ length: count }, (_, index) => text(index)))

const pressed = (logs: LogWindow, ...keys: readonly string[]): ViewState =>
  play(['L', ...keys], worldOf(fakeState(), { logs }), initialView(small)).view
const screen = (logs: LogWindow, ...keys: readonly string[]): string[] => frameOf({ ...small, logs, keys: ['L', ...keys] })
/** What is shown of the output, without mark, time and stream. */
const body = (logs: LogWindow, ...keys: readonly string[]): string[] =>
  screen(logs, ...keys)
    .slice(2, 2 + HEIGHT)
    .map((line) => line.slice(14).trimEnd())
const titleOf = (logs: LogWindow, ...keys: readonly string[]): string => screen(logs, ...keys)[1] ?? ''
const found = (lines: readonly string[]): string => lines.find((line) => line.startsWith('›')) ?? ''

describe('searching in the output', () => {
  /** 100 lines; error at 4, 40 and 90, Error at 60. */
  const logs = numbered(100, (index) => (index === 60 ? 'one Error' : [4, 40, 90].includes(index) ? `an error ${index}` : `line ${index}`))
  const search = (text: string, ...more: readonly string[]) => [...typed('/'), ...typed(text), ...more]

  test('goes to the nearest match at or above while it is typed, then up and down, round the end', () => {
    expect(found(screen(logs, ...search('err')))).toContain('an error 90')
    expect(titleOf(logs, ...search('err'))).toContain("match 1 of 4 for 'err'")
    expect(found(screen(logs, ...search('err', 'enter', 'n')))).toContain('one Error')
    expect(titleOf(logs, ...search('err', 'enter', 'n', 'n'))).toContain("match 3 of 4 for 'err'")
    expect(found(screen(logs, ...search('err', 'enter', 'n', 'n', 'n')))).toContain('an error 4')
    expect(found(screen(logs, ...search('err', 'enter', 'n', 'n', 'n', 'n')))).toContain('an error 90')
    expect(found(screen(logs, ...search('err', 'enter', 'n', 'n', 'N')))).toContain('one Error')
    expect(found(screen(logs, ...search('err', 'enter', 'N')))).toContain('an error 4')
    // further typing looks again from where the search began
    expect(found(screen(logs, ...search('error 4')))).toContain('an error 40')
    expect(found(screen(logs, 'f3', ...typed('error 4'), 'backspace', 'backspace'))).toContain('an error 90')
  })

  test('begins at what is shown, and goes on from it when the match was scrolled out of sight', () => {
    const up = ['pageup', 'pageup', 'pageup']
    expect(found(screen(logs, ...up, ...search('error')))).toContain('an error 40')
    expect(found(screen(logs, ...search('error', 'enter', 'g', 'n')))).toContain('an error 4')
    expect(found(screen(logs, ...search('error', 'enter', 'g', 'down', 'down', 'down', 'down', 'down', 'N')))).toContain('an error 40')
  })

  test('with a capital in it, only as it is typed', () => {
    expect(titleOf(logs, ...search('ERROR'))).toContain("no match for 'ERROR'")
    expect(titleOf(logs, ...search('Error'))).toContain("match 1 of 1 for 'Error'")
    expect(titleOf(logs, ...search('error'))).toContain('match 1 of 4')
  })

  test('is text, never a pattern; a blank finds a tab', () => {
    const odd = written(['a.c(x', 'abc', 'tab\there', '\\d+ {2} [z] $'])
    for (const text of ['a.c', 'c(x', '\\d+', '{2}', '[z]', '$', 'tab here'])
      expect([text, titleOf(odd, ...search(text))]).toEqual([text, expect.stringContaining(`match 1 of 1 for '${text}'`)])
  })

  test('holds what it found: the output runs on, the view does not', () => {
    const view = pressed(logs, ...search('error', 'enter'))
    const later = { ...logs, lines: [...logs.lines, ...numbered(50, () => 'later').lines.map((line, i) => ({ ...line, seq: 101 + i }))] }
    const lines = frameOf({ ...small, logs: later, view })
    expect(found(lines)).toContain('an error 90')
    expect(lines[1]).toMatch(/match 1 of 4.*line 100 of 150, End follows/)
  })

  test('Esc takes it back; after Enter, Esc first takes the search away, then the pane', () => {
    const before = pressed(logs, 'pageup', 'up')
    const typing = play(search('line 3'), worldOf(fakeState(), { logs }), before).view
    expect(topPane(typing)).not.toEqual(topPane(before))
    expect(play(['escape'], worldOf(fakeState(), { logs }), typing).view).toEqual(before)
    expect(topPane(pressed(logs, ...search('error', 'enter', 'escape')))).toMatchObject({ kind: 'logs', search: undefined })
    expect(topPane(pressed(logs, ...search('error', 'enter', 'escape', 'escape')))).toEqual({ kind: 'tree' })
  })

  test('what is not there is said, and nothing moves', () => {
    const view = pressed(logs, ...search('nowhere', 'enter'))
    expect(view.notice).toEqual({ tone: 'alarm', text: 'no line matches nowhere' })
    expect(topPane(view)).toEqual(topPane(pressed(logs)))
    expect(pressed(logs, 'n').notice?.text).toBe('nothing was searched for yet')
    expect(pressed(written([]), ...search('x', 'enter')).notice?.text).toBe('no line matches x')
    expect(topPane(pressed(logs, '/', 'enter'))).toEqual(topPane(pressed(logs)))
  })

  test('nothing that is typed acts as a key, and the lines can be moved over meanwhile', () => {
    const view = pressed(logs, ...search('xoRkqWts'))
    expect(view.prompt).toMatchObject({ kind: 'find', text: 'xoRkqWts' })
    expect(view.dialog).toBeUndefined()
    expect(topPane(pressed(logs, ...search('error', 'pageup', 'enter')))).toMatchObject({ position: { last: 81 } })
  })

  test('every occurrence is marked, the found line in reverse, others underlined, without colours too', () => {
    const twice = written(['foo and foo', 'nothing', 'a foo'])
    for (const theme of ['default', 'high-contrast', 'monochrome'] as const) {
      const look = createLook({ color: true, ascii: false, theme })
      const lines = frameOf({ ...small, logs: twice, look, keys: ['L', ...search('foo', 'enter')] })
      const reversed = lines.filter((line) => /\x1b\[7mfoo\x1b\[27m/.test(line))
      expect(reversed).toEqual([expect.stringMatching(/›.*a \x1b/)])
      const underlined = /\x1b\[1m\x1b\[4m(?:\x1b\[\d+m)?foo\x1b/g
      expect(lines.find((line) => line.includes(' and '))?.match(underlined)).toHaveLength(2)
      expect(lines.find((line) => line.includes('nothing'))).not.toMatch(/\[[47]m/)
    }
    expect(found(screen(twice, ...search('foo')))).toContain('a foo')
  })
})

describe('a match far in a long line', () => {
  const long = `${'x'.repeat(90_000)}needle${'y'.repeat(1000)}`
  const wide = `${'漢'.repeat(20_000)}needle${'é'.repeat(1000)}`

  test.each([
    ['narrow', long],
    ['wide', wide]
  ])('is brought into sight, cut and wrapped: %s', (_, text) => {
    const logs = written(['first', text, 'last'])
    for (const keys of [[], ['W']]) {
      const lines = screen(logs, ...keys, '/', ...typed('needle'))
      expect(lines.filter((line) => line.includes('needle') && !line.includes('match 1'))).toHaveLength(2) // and the prompt
      for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(80)
    }
    expect(body(logs, '/', ...typed('needle'))[1]).toMatch(/^….*needle.*…$/)
    expect(titleOf(logs, '/', ...typed('needle'))).toMatch(/from column \d+/)
    // Esc goes back to the left
    expect(titleOf(logs, '/', ...typed('needle'), 'escape')).not.toContain('from column')
  })

  test('the view goes left again for a match that needs no room', () => {
    const logs = written(['needle at the left', long])
    expect(titleOf(logs, '/', ...typed('needle'), 'enter', 'n')).not.toContain('from column')
  })

  test('stays quick: 4 MB of output, lines of 90,000 characters among it', () => {
    const logs = numbered(10_000, (index) => (index % 400 === 0 ? 'z'.repeat(90_000) : `request ${index} ${'é'.repeat(100)}`))
    const world = worldOf(fakeState(), { logs })
    const view = pressed(logs, 'W')
    const times = ['/', ...typed('request 17'), 'enter', 'n', 'N', 'pageup', 'g', 'G'].map((_, index, keys) => {
      const started = performance.now()
      play(keys.slice(index, index + 1), world, play(keys.slice(0, index), world, view).view)
      return performance.now() - started
    })
    expect(Math.max(...times)).toBeLessThan(1000)
  })
})

describe('wrapped output', () => {
  const texts = fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.string({ maxLength: 30 }) },
      { weight: 2, arbitrary: fc.string({ minLength: 60, maxLength: 4000 }) },
      { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom('漢', 'é', 'x', 'か'), minLength: 60, maxLength: 900 }) }
    ),
    { minLength: 1, maxLength: 30 }
  )
  /** All rows from the first page on, a page at a time, each with what the page before it showed. */
  const pages = (logs: LogWindow, key: 'pageup' | 'pagedown', from: readonly string[]): string[][] => {
    const seen: string[][] = []
    const keys = [...from]
    for (;;) {
      const page = body(logs, ...keys)
      if (page.join('\n') === seen.at(-1)?.join('\n')) return seen
      seen.push(page)
      keys.push(key)
    }
  }
  /** The rows that pages show which overlap by one row, or by more at the end. */
  const joined = ([first = [], ...others]: readonly string[][]): string[] => {
    const all = [...first]
    for (const page of others) {
      let overlap = Math.min(page.length, all.length)
      while (overlap > 0 && all.slice(-overlap).join('\n') !== page.slice(0, overlap).join('\n')) overlap -= 1
      if (overlap === 0) throw new Error(`rows were skipped between\n${all.slice(-HEIGHT).join('\n')}\nand\n${page.join('\n')}`)
      all.push(...page.slice(overlap))
    }
    return all
  }

  test('no row is unreachable, up or down, by page', () => {
    fc.assert(
      fc.property(texts, (lines) => {
        // each row of its own: pages can be told apart
        const logs = written(lines.map((text, index) => `${index}:${text.replace(/[^\x21-\x7e漢éか]/g, '.')}`))
        const all = logs.lines.map(({ text }) => text).join('')
        const down = pages(logs, 'pagedown', ['W', 'g'])
        expect(down.flat().join('')).toContain(logs.lines[0]?.text.slice(0, 60))
        const up = pages(logs, 'pageup', ['W']).toReversed()
        for (const seen of [down, up]) expect(joined(seen).join('')).toBe(all)
      }),
      { numRuns: 25 }
    )
  })

  test('a line longer than the screen is scrolled through row by row', () => {
    const logs = written([
      'begin',
      Array.from({ length: 300 }, (_, index) => `<${String(index).padStart(4, '0')}>`.padEnd(66, '-')).join(''),
      'end'
    ])
    expect(body(logs, 'W').at(-1)).toBe('end')
    expect(body(logs, 'W', 'up').at(-1)).toMatch(/^<0299>-+$/)
    expect(body(logs, 'W', 'up', 'up').at(-1)).toMatch(/^<0298>-+$/)
    expect(body(logs, 'W', 'g')[0]).toBe('begin')
    expect(body(logs, 'W', 'g', 'pagedown')[0]).toMatch(/^<0018>/)
    expect(topPane(pressed(logs, 'W', 'up', 'down'))).toMatchObject({ position: { kind: 'follow' } })
  })

  test('is remembered, whichever node is looked at', () => {
    expect(pressed(written(['x']), 'W', 'escape', 'G', 'L').logs).toEqual({ wrap: true, times: 'clock' })
  })

  test('what was written first goes while it is looked at: the pane stays full', () => {
    const logs = numbered(100, (index) => `line ${index}`)
    const view = pressed(logs, 'g')
    const shifted = { dropped: 60, lines: logs.lines.slice(60) }
    const lines = frameOf({ ...small, logs: shifted, view }).slice(2, 2 + HEIGHT)
    expect(lines.map((line) => line.slice(14).trim())).toEqual(Array.from({ length: HEIGHT }, (_, index) => `line ${60 + index}`))
  })
})

describe('cut output', () => {
  const rulerOf = (columns: number) => Array.from({ length: columns / 10 }, (_, index) => String(index * 10).padEnd(10, '.')).join('')
  const logs = written(['short', rulerOf(300), rulerOf(200)])

  test('is moved sidewards by half of what is shown, as far as the lines in sight go, and back', () => {
    expect(body(logs)[1]).toMatch(/^0\.+10\..*60\.+…$/)
    expect(body(logs, 'right').slice(0, 2)).toEqual(['…', expect.stringMatching(/^…+\.+40\..*90\.+….?$|^….*40\..*90/)])
    expect(titleOf(logs, 'right')).toContain('from column 34')
    const far = Array.from({ length: 20 }, () => 'right')
    expect(body(logs, ...far)[1]).toMatch(/290\.{7}$/)
    expect(body(logs, ...far, 'right')[1]).toBe(body(logs, ...far)[1])
    expect(body(logs, 'right', 'left')).toEqual(body(logs))
    expect(titleOf(logs, 'right', 'left', 'left')).not.toContain('from column')
  })

  test('of wide characters stays in its columns', () => {
    const wide = written(['漢字'.repeat(100), `x${'漢字'.repeat(100)}`])
    const lines = screen(wide, 'right', 'right')
    for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(80)
    expect(lines[2]).toMatch(/…\s?漢|…\s?字/)
  })

  test('that is wrapped has nothing to the right', () => {
    expect(pressed(logs, 'W', 'right').notice?.text).toContain('wrapped')
    expect(titleOf(logs, 'right', 'W')).not.toContain('from column')
  })
})

describe('times and streams', () => {
  const both: LogWindow = {
    dropped: 0,
    lines: Array.from(
      { length: 60 },
      (_, index): LogLine => ({
        seq: index + 1,
        time: new Date(Date.UTC(2026, 0, 1, 12, 3, 40) + index * 1001).toISOString(),
        stream: index % 3 === 0 ? 'stderr' : 'stdout',
        text: `line ${index}`
      })
    )
  }

  test('times: of day, to the millisecond, how long ago, none, and round again', () => {
    const last = (...keys: readonly string[]) => screen(both, ...keys)[1 + HEIGHT] ?? ''
    expect(last()).toMatch(/^ \d\d:04:39 out line 59$/)
    expect(last('t')).toMatch(/^ \d\d:04:39\.059 out line 59$/)
    expect(last('t', 't')).toMatch(/^ {5}0s out line 59$/)
    expect(screen(both, 't', 't', 'g')[2]).toMatch(/^ {2}1m00s err line 0$/)
    expect(last('t', 't', 't')).toMatch(/^ out line 59$/)
    expect(last('t', 't', 't', 't')).toBe(last())
    expect(pressed(both, 't', 'escape', 'L').logs.times).toBe('precise')
    expect(last('t', 'escape', 'G', 'L')).toBe(last('t'))
  })

  test('streams: both, only one, only the other; the title says so', () => {
    expect(titleOf(both)).toMatch(/── output of api ─/)
    expect(titleOf(both, 's')).toMatch(/── stdout of api ─.* 40 lines, following/)
    expect(body(both, 's').slice(-3)).toEqual(['line 56', 'line 58', 'line 59'])
    expect(titleOf(both, 's', 's')).toMatch(/── stderr of api ─.* 20 lines, following/)
    expect(body(both, 's', 's').slice(-2)).toEqual(['line 54', 'line 57'])
    expect(screen(both, 's', 's', 's').slice(0, -1)).toEqual(screen(both).slice(0, -1))
    expect(screen(written(['x']), 's', 's')[2]).toContain('nothing on stderr')
  })

  test('the place stays when streams are switched; search, copy and count are of what is shown', () => {
    expect(body(both, 'up', 'up', 's').at(-1)).toBe('line 56')
    expect(titleOf(both, 's', 's', '/', ...typed('line 5'))).toContain('match 1 of 3') // 5 no, 51, 54, 57
    const { effects } = play(['L', 's', 's', 'y'], worldOf(fakeState(), { logs: both }))
    expect(effects).toEqual([{ kind: 'copy', text: Array.from({ length: 20 }, (_, index) => `line ${index * 3}`).join('\n') }])
  })
})

test('characters and their columns are those of Unicode, also where the tables are not asked', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.string({ unit: fc.constantFrom('a', 'é', '漢', 'か', 'e\u0301', '👩‍👩‍👧', '\u0301', 'я', ' '), maxLength: 40 })
  )
  const slowly = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
  fc.assert(
    fc.property(texts, (text) => {
      const expected = [...slowly.segment(text)].map(({ segment, index }) => ({ index, width: stringWidth(segment) }))
      expect([...charactersOf(text)]).toEqual(expected)
    })
  )
})

test('an ASCII terminal gets ASCII, whatever is shown of the output', () => {
  const look = createLook({ color: false, ascii: true })
  const logs = written(['\x1b[31mred\x1b[0m', 'é'.repeat(300), 'needle'])
  for (const keys of [[], ['W'], ['right'], ['/', 'd'], ['t', 't'], ['s']])
    expect(frameOf({ ...small, look, logs, keys: ['L', ...keys] }).join('\n')).toMatch(/^[\x20-\x7e\n]*$/)
  expect(frameOf({ ...small, look: plainLook, logs, keys: ['L'] }).join('\n')).toContain('␛[31mred')
})
