import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { difference } from '../../src/ui/output/difference.ts'
import { createPainter } from '../../src/ui/output/painter.ts'
import { applySgr, PLAIN, sgrBetween } from '../../src/ui/output/style.ts'
import type { Display } from '../../src/ui/terminal.ts'
import { createLook, paint, type Tone } from '../../src/ui/theme.ts'
import { createScreen, type Screen } from '../helpers/screen.ts'

const COLUMNS = 40
const ROWS = 8

const look = createLook({ color: true, ascii: false })
const loud = createLook({ color: true, ascii: false, theme: 'high-contrast' })

const tone = fc.constantFrom<Tone>('plain', 'dim', 'strong', 'title', 'good', 'warn', 'alarm', 'stop', 'button')
const piece = fc.oneof(
  { weight: 6, arbitrary: fc.stringMatching(/^[a-z0-9 ▁▂▇█░▕▏●▲│├└─›…]{0,12}$/) },
  { weight: 1, arbitrary: fc.constantFrom('漢字', '👍', 'é', '한글', 'naïve', '\t', '\x1b[2J') },
  { weight: 1, arbitrary: fc.constant('          ') }
)
const line = fc
  .tuple(fc.array(fc.tuple(piece, tone), { maxLength: 5 }), fc.boolean(), fc.constantFrom(look, loud))
  .map(([segments, selected, theme]) => paint(theme, segments, COLUMNS, selected))
const frame = fc.array(line, { minLength: ROWS - 1, maxLength: ROWS - 1 })
/** The same frame with a few lines changed: what a refresh is like. */
const next = (before: readonly string[]) =>
  fc.array(fc.tuple(fc.nat(ROWS - 2), line), { maxLength: 3 }).map((changes) => {
    const after = [...before]
    for (const [at, text] of changes) after[at] = text
    return after
  })

const cellsOf = (screen: Screen) => Array.from({ length: ROWS }, (_, row) => screen.cells(row))

async function drawn(bytes: string): Promise<Screen> {
  const screen = createScreen(COLUMNS, ROWS)
  await screen.write(bytes)
  return screen
}

describe('the difference of two frames', () => {
  test('gives the very screen that the second one would have given alone', async () => {
    const frames = fc.array(frame, { minLength: 1, maxLength: 3 }).chain((all) => fc.tuple(fc.constant(all), next(all.at(-1) ?? [])))
    await fc.assert(
      fc.asyncProperty(frames, async ([first, last]) => {
        const screen = createScreen(COLUMNS, ROWS)
        let before: readonly string[] = []
        for (const lines of [...first, last]) {
          await screen.write(difference(before, lines))
          before = lines
        }
        const fresh = await drawn(last.map((text, row) => `\x1b[${row + 1}H${text}\x1b[m`).join(''))
        expect(screen.lines().map((text) => text.trimEnd())).toEqual(fresh.lines().map((text) => text.trimEnd()))
        expect(cellsOf(screen)).toEqual(cellsOf(fresh))
      }),
      { numRuns: 150 }
    )
  })

  test('sends nothing for what stays, and a few bytes for a figure', () => {
    const before = [' api     4211 ● running   3.1 ▁▂▃   86M', ' indexer 4302 ▲ over    14.2 ▁▂▇  140M']
    expect(difference(before, before)).toBe('')
    const after = [before[0] ?? '', ' indexer 4302 ▲ over    15.0 ▁▂▇  141M']
    expect(difference(before, after)).toBe('\x1b[2;26H5.0\x1b[8C1')
  })

  test('erases what a shorter line leaves behind', () => {
    expect(difference(['a long line of text'], ['a'])).toBe('\x1b[1;2H\x1b[K')
    expect(difference(['abc'], ['a'])).toBe('\x1b[1;2H  ')
  })

  test('leaves the style plain', () => {
    expect(difference(['a'], [paint(look, [['b', 'alarm']], 3)])).toMatch(/\x1b\[m$/)
  })
})

test('styles: the shortest way from one to another gives that other', () => {
  const code = fc.constantFrom(0, 1, 2, 4, 7, 22, 24, 27, 30, 31, 36, 37, 39, 90, 97, 41, 47, 49, 100, 107)
  const style = fc.array(code, { maxLength: 5 }).map((codes) => codes.reduce((sum, one) => applySgr(sum, String(one)), PLAIN))
  fc.assert(
    fc.property(style, style, (from, to) => {
      const bytes = sgrBetween(from, to)
      expect([...bytes.matchAll(/\x1b\[([\d;]*)m/g)].reduce((sum, match) => applySgr(sum, match[1] ?? ''), from)).toBe(to)
      if (from === to) expect(bytes).toBe('')
    })
  )
})

/** A terminal that takes what is written when it is told to. */
function slowTerminal() {
  let written = ''
  const waiting: (() => void)[] = []
  const stdout = {
    write(text: string, done?: () => void) {
      written += text
      if (done !== undefined) waiting.push(done)
      return true
    }
  } as unknown as Display
  return {
    stdout,
    takes: () => {
      for (const done of waiting.splice(0)) done()
    },
    written: () => written,
    waiting: () => waiting.length
  }
}

describe('the painter', () => {
  test('takes the alternate screen, hides the cursor, and gives both back', async () => {
    const terminal = slowTerminal()
    const painter = createPainter(terminal.stdout)
    painter.frame('hidden')
    expect(terminal.written()).toBe('')
    painter.take()
    const taken = await drawn(terminal.written())
    expect([taken.alternate, taken.cursorVisible, taken.lines()[0]]).toEqual([true, false, 'hidden'])
    painter.release()
    const released = await drawn(terminal.written())
    expect([released.alternate, released.cursorVisible]).toEqual([false, true])
    const before = terminal.written()
    painter.frame('more')
    painter.control('\x1b]52;c;\x07')
    painter.repaint()
    expect(terminal.written()).toBe(before)
    terminal.takes()
    painter.take()
    expect((await drawn(terminal.written())).lines()[0]).toBe('more')
  })

  test('a terminal that stands still gets one frame, then the newest; nothing piles up', async () => {
    const terminal = slowTerminal()
    const painter = createPainter(terminal.stdout)
    painter.take()
    painter.frame('first')
    const before = terminal.written().length
    for (let count = 0; count < 10_000; count++) painter.frame(`frame ${count}\nmore`)
    expect(terminal.waiting()).toBe(1)
    expect(terminal.written().length).toBe(before)
    terminal.takes()
    expect((await drawn(terminal.written())).lines().slice(0, 2)).toEqual(['frame 9999', 'more'])
    terminal.takes()
    expect(terminal.waiting()).toBe(0)
  })

  test('repaints what something else wrote over, and only then', async () => {
    const terminal = slowTerminal()
    const painter = createPainter(terminal.stdout)
    painter.take()
    painter.frame('one\ntwo')
    terminal.takes()
    const drawnOnce = terminal.written().length
    painter.frame('one\ntwo')
    expect(terminal.written().length).toBe(drawnOnce)
    painter.repaint()
    expect(terminal.written().slice(drawnOnce)).toContain('\x1b[2J')
    terminal.takes()
    painter.forget()
    painter.frame('one\ntwo')
    expect(terminal.written().match(/\x1b\[2J/g)).toHaveLength(3)
  })
})
