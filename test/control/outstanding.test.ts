import { expect, it } from 'vitest'
import { createOutstanding } from '../../src/core/control/outstanding.ts'
import { RefusedError } from '../../src/core/control/refusal.ts'

const MB = 2 ** 20

it('answers that nobody takes are bounded, small ones never matter, and one is always served', () => {
  const count = createOutstanding(10 * MB)
  const first = count(50 * MB)
  expect(() => count(MB)).toThrow(RefusedError)
  expect(() => count(1000)).not.toThrow()
  first()
  first()
  const second = count(6 * MB)
  expect(() => count(5 * MB)).toThrow('too many answers')
  count(4 * MB)()
  second()
  expect(() => count(10 * MB)).not.toThrow()
})
