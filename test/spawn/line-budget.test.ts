import { expect, test } from 'vitest'
import { createLineBudget } from '../../src/core/spawn/line-budget.ts'
import { FakeClock } from '../helpers/fake-clock.ts'

function budget(rates: { lines: number; bytes: number }) {
  const clock = new FakeClock()
  const told: (string | number)[] = []
  const made = createLineBudget({
    clock,
    onLine: (line) => told.push(line),
    onDropped: (lines) => told.push(lines),
    rates: { windowMs: 100, ...rates }
  })
  return { clock, told, push: (text: string) => made.push(Buffer.from(text)), end: made.end }
}

test('what is within the rate is handed over, and nothing is reported', () => {
  const { clock, told, push, end } = budget({ lines: 3, bytes: 1000 })
  push('a\nb\n')
  clock.advance(100)
  push('c\nd\ne\n')
  end()
  expect(told).toEqual(['a', 'b', 'c', 'd', 'e'])
  expect(clock.pending).toBe(0)
})

test('what is over the rate is dropped, counted, and reported once a window', () => {
  const { clock, told, push } = budget({ lines: 2, bytes: 1000 })
  push('a\nb\nc\nd\n')
  push('e\n')
  expect(told).toEqual(['a', 'b'])
  clock.advance(100)
  expect(told).toEqual(['a', 'b', 3])
})

test('the report comes before the lines that follow the gap', () => {
  const { clock, told, push } = budget({ lines: 1, bytes: 1000 })
  push('a\n')
  clock.advance(60)
  push('b\n')
  clock.advance(40)
  push('c\n')
  expect(told).toEqual(['a', 1, 'c'])
})

test('few but long lines are limited too', () => {
  const { told, push, end } = budget({ lines: 100, bytes: 10 })
  push('0123456789\nabc\nd\n')
  end()
  expect(told).toEqual(['0123456789', 2])
})
