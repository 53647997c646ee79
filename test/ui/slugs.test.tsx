import fc from 'fast-check'
import { renderToString } from 'ink'
import { describe, expect, test } from 'vitest'
import { createStore } from 'zustand/vanilla'
import { App } from '../../src/ui/app.tsx'
import { Cast } from '../../src/ui/components/rows.tsx'
import { createKeymap } from '../../src/ui/keys/keymap-of.ts'
import { cellsOf } from '../../src/ui/output/cells.ts'
import { createSlugs } from '../../src/ui/output/slugs.ts'
import { createLook, type Look } from '../../src/ui/theme.ts'
import { NO_GHOSTS } from '../../src/ui/view/ghosts.ts'
import { press } from '../../src/ui/view/press.ts'
import { initialView } from '../../src/ui/view/state.ts'
import { describedNode, fakeNode, fakeProcess, fakeState, NOW } from '../helpers/fake-session.ts'
import { worldOf } from '../helpers/world.ts'

const base = fakeState()
const wide = fakeNode(describedNode('搜索索引'), [fakeProcess(77, { command: '文件 worker 👩‍👩‍👧 naïve' })])
const state = { ...base, nodes: { ...base.nodes, 搜索索引: wide }, order: [...base.order, '搜索索引'] }
const coloured = createLook({ color: true, ascii: false })

/** The same screen twice: Ink sees whole lines, and Ink sees slugs. */
function bothWays(keys: readonly string[], columns: number, rows: number, look: Look) {
  const keymap = createKeymap()
  const world = worldOf(state, { look })
  let view = initialView({ columns, rows })
  for (const key of keys) [view] = press(view, { kind: 'key', key }, world)
  const shown = { state, now: NOW, logs: undefined, ghosts: NO_GHOSTS, facts: world.facts, links: [] }
  const screen = <App frame={createStore(() => ({ view, shown }))} live={() => state} look={look} keymap={keymap} readOnly={false} />
  const { cast, set } = createSlugs()
  return {
    whole: renderToString(screen, { columns }).split('\n'),
    slugs: set(renderToString(<Cast value={cast}>{screen}</Cast>, { columns })).split('\n')
  }
}

const bare = (lines: readonly string[]): readonly string[] => lines.map((line) => line.trimEnd())

/** What stands in each column and how it looks; blanks at the end are nothing. */
const seen = (lines: readonly string[]) =>
  lines.map((line) => {
    const cells = cellsOf(line)
    if (cells === undefined) return line
    const shown = cells.text.map((text, column) => `${text}${cells.styles[column]}`)
    while (shown.at(-1) === ' 0') shown.pop()
    return shown
  })

const keys = fc.array(fc.constantFrom('down', 'up', 'enter', 'escape', 'k', 'e', 'r', 'q', '?', 'x', ':', 'F6', 'left', 'G', 'space'), {
  maxLength: 8
})

describe('the screen through slugs', () => {
  test('has the same text in the same places, whatever lies over it', () => {
    fc.assert(
      fc.property(keys, fc.integer({ min: 20, max: 140 }), fc.integer({ min: 4, max: 45 }), (pressed, columns, rows) => {
        const { whole, slugs } = bothWays(pressed, columns, rows, createLook({ color: false, ascii: false }))
        // beside a dialog that is nearly as wide as the screen nothing is left of what is below it: three columns, after its own blank one
        const besides = bare(whole).map((line, row) =>
          slugs[row] !== undefined && line.startsWith(slugs[row].trimEnd()) ? line.length - slugs[row].trimEnd().length : Number.NaN
        )
        expect(besides.every((rest) => rest <= 4)).toBe(true)
        expect(besides.filter((rest) => rest > 0).length).toBeLessThan(pressed.length === 0 ? 1 : rows)
      }),
      { numRuns: 150 }
    )
  })

  test('has the same colours', () => {
    for (const pressed of [[], ['k'], ['down', 'enter'], ['?'], ['q'], ['e']]) {
      const { whole, slugs } = bothWays(pressed, 120, 40, coloured)
      const narrow = whole.map((line, index) => (cellsOf(line) === undefined ? index : -1))
      const onlyNarrow = (lines: readonly string[]) => seen(lines.filter((_, index) => !narrow.includes(index)))
      expect(onlyNarrow(slugs)).toEqual(onlyNarrow(whole))
      expect(onlyNarrow(whole).length).toBeGreaterThan(30)
    }
  })
})

describe('slugs', () => {
  test('are two letters for a line, and every line comes back', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ' '))), (lines) => {
        const { cast, set } = createSlugs()
        const letters = lines.map(cast)
        expect(letters.every((two) => /^[!-~]{2}$/.test(two))).toBe(true)
        expect(set(letters.join('\n'))).toBe(lines.join('\n'))
      })
    )
  })

  test('of neighbouring frames differ, and a frame that Ink gives twice reads the same', () => {
    const { cast, set } = createSlugs()
    const first = cast('one')
    expect(set(first)).toBe('one')
    expect(set(first)).toBe('one')
    const second = cast('two')
    expect(second).not.toBe(first)
    expect(set(second)).toBe('two')
  })

  test('on more lines than any terminal has, the last ones are blank', () => {
    const { cast, set } = createSlugs()
    const lines = Array.from({ length: 5000 }, (_, index) => `line ${index}`)
    const shown = set(lines.map(cast).join('\n')).split('\n')
    expect(shown.slice(0, 4000)).toEqual(lines.slice(0, 4000))
    expect(shown.at(-1)).toBe('')
    expect(shown).toHaveLength(lines.length)
  })

  test('what lies over a wide character leaves no half of it, and moves nothing', () => {
    const { cast, set } = createSlugs()
    const [under, over] = [cast('漢字漢字'), cast('[]')]
    expect(set(`${under} ${over}`)).toBe('漢 [] 字')
  })
})
