import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createDescriptorBudget, nofileLimitOf, parseNofileLimit, raiseNofileLimit, shareOf } from '../../src/core/linux/descriptors.ts'

describe('the budget of descriptors', () => {
  test('keeps a fifth back, at least 64', () => {
    expect(createDescriptorBudget(1000).limit).toBe(800)
    expect(createDescriptorBudget(100).limit).toBe(36)
    expect(createDescriptorBudget(10).limit).toBe(0)
    expect(createDescriptorBudget(Number.POSITIVE_INFINITY).limit).toBeLessThan(10_000_000)
  })

  test('is never exceeded, whatever is taken and given', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2000 }),
        fc.array(fc.tuple(fc.constantFrom('take', 'give', 'exhaust'), fc.nat(50))),
        (soft, steps) => {
          const budget = createDescriptorBudget(soft)
          let held = 0
          for (const [kind, count] of steps) {
            if (kind === 'take' && budget.take(count)) held += count
            if (kind === 'give') {
              const given = Math.min(held, count)
              budget.give(given)
              held -= given
            }
            if (kind === 'exhaust') {
              budget.exhaust()
              expect(budget.take(1)).toBe(false)
            }
            expect(budget.used).toBe(held)
          }
        }
      )
    )
  })
})

test('the limit of open files is read from /proc/PID/limits', () => {
  expect(parseNofileLimit('Max open files            1024                 524288               files\n')).toEqual({
    soft: 1024,
    hard: 524288
  })
  expect(parseNofileLimit('Max open files            1024                 unlimited            files\n')?.hard).toBe(
    Number.POSITIVE_INFINITY
  )
  expect(parseNofileLimit('Max processes 1 2')).toBeUndefined()
})

test.skipIf(process.platform !== 'linux')('the soft limit of the supervisor is raised to the hard one', () => {
  const raised = raiseNofileLimit()
  expect(raised.soft).toBe(raised.hard)
  expect(nofileLimitOf(process.pid)?.soft).toBe(raised.soft)
  expect(nofileLimitOf(4_194_304)).toBeUndefined()
})

describe('a share of a budget', () => {
  test('takes from the whole, leaves others the rest, and gives back no more than it took', () => {
    const whole = createDescriptorBudget(1000)
    const share = shareOf(whole, 0.75)
    expect([share.limit, share.take(600), share.take(1)]).toEqual([600, true, false])
    expect([whole.take(200), whole.take(1)]).toEqual([true, false])
    share.give(700)
    expect([share.used, whole.used]).toEqual([0, 200])
    expect([share.take(600), whole.used]).toEqual([true, 800])
  })

  test('has nothing left where others were quicker', () => {
    const whole = createDescriptorBudget(1000)
    const share = shareOf(whole, 0.75)
    whole.take(799)
    expect([share.take(1), share.take(1)]).toEqual([true, false])
    share.exhaust()
    share.give(1)
    expect(whole.take(1)).toBe(true)
  })
})
