import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { graph } from '../../src/ui/format/graph.ts'
import { createLook } from '../../src/ui/theme.ts'

const { glyphs } = createLook({ color: false, ascii: false })
const drawn = (values: readonly number[], size: { columns: number; rows: number; scale: number; limit: number }): string[] =>
  graph(values, size, glyphs).map((row) => row.map(({ text }) => text).join(''))

describe('a graph', () => {
  test('has the newest value at the right, and the limit as a line where no value is', () => {
    expect(drawn([0, 25, 50, 100], { columns: 6, rows: 2, scale: 100, limit: 60 })).toEqual(['─────█', '   ▄██'])
  })

  test('shows the highest of the values that share a column', () => {
    expect(drawn([1, 8, 1, 1], { columns: 2, rows: 1, scale: 8, limit: 99 })).toEqual(['█▁'])
  })

  test('shows that there was something, however little', () => {
    expect(drawn([0, 0.001], { columns: 2, rows: 1, scale: 100, limit: 1e9 })[0]?.[1]).toBe('▁')
  })

  test('has no line for a limit above its scale', () => {
    expect(drawn([1], { columns: 2, rows: 1, scale: 100, limit: Number.POSITIVE_INFINITY })).toEqual([' ▁'])
  })

  test('always fills its rectangle, and a higher value never gives a lower column', () => {
    const size = fc.record({
      columns: fc.integer({ min: 1, max: 40 }),
      rows: fc.integer({ min: 1, max: 6 }),
      scale: fc.double({ min: 0, max: 1e9, noNaN: true }),
      limit: fc.double({ min: 0, max: 1e9, noNaN: true })
    })
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { maxLength: 100 }), size, (values, given) => {
        const rows = graph(values, given, glyphs)
        expect(rows.length).toBe(given.rows)
        for (const row of rows) expect(row.length).toBe(given.columns)
      })
    )
    const heightOf = (value: number): number =>
      graph([value], { columns: 1, rows: 4, scale: 100, limit: 0 }, glyphs).filter(([first]) => first?.kind === 'value').length
    fc.assert(
      fc.property(fc.double({ min: 0, max: 100, noNaN: true }), fc.double({ min: 0, max: 100, noNaN: true }), (a, b) => {
        expect(heightOf(Math.max(a, b))).toBeGreaterThanOrEqual(heightOf(Math.min(a, b)))
      })
    )
  })
})
