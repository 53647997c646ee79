import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alertsOn, parseAlertRange } from '../../src/core/checks/ranges.ts'

const alerts = (range: string, value: number): boolean => {
  const parsed = parseAlertRange(range)
  if (parsed === undefined) throw new Error(`${range} is no range`)
  return alertsOn(parsed, value)
}

describe('a Nagios range', () => {
  it.each([
    ['10', [-1, 11], [0, 10]],
    ['10:', [9], [10, 1e9]],
    ['~:10', [11], [-1e9, 10]],
    ['10:20', [9, 21], [10, 20]],
    ['@10:20', [10, 20], [9, 21]],
    ['@~:3', [-5, 3], [4]],
    ['0:0', [1], [0]],
    ['~:', [], [-1, 0, 1e9]],
    ['2.5', [3], [2, 2.5]],
    ['', [], [0, 5]]
  ])('%s alerts on %j, not on %j', (range, bad, good) => {
    expect(bad.filter((value) => !alerts(range, value))).toEqual([])
    expect(good.filter((value) => alerts(range, value))).toEqual([])
  })

  it.each(['10:5', 'a', '1:2:3', '@', '~', '1-2', ' 1', '1 ', '10:~', '--1', '1e3', '5:@6', '9'.repeat(65)])('%j is none', (text) =>
    expect(parseAlertRange(text)).toBeUndefined()
  )

  it('holds what its ends say', () => {
    const end = fc.integer({ min: -50, max: 50 })
    fc.assert(
      fc.property(fc.boolean(), fc.option(end), fc.option(end), end, (inside, from, to, value) => {
        const text = `${inside ? '@' : ''}${from === null ? '~' : from}:${to === null ? '' : to}`
        const within = (from === null || from <= value) && (to === null || value <= to)
        if (from !== null && to !== null && from > to) expect(parseAlertRange(text)).toBeUndefined()
        else expect(alerts(text, value)).toBe(within === inside)
      })
    )
  })

  it('never throws, and is kept as it was written', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[@~:.\-0-9]{0,8}$/), (text) => {
        expect(parseAlertRange(text)?.text ?? text).toBe(text)
      })
    )
  })
})
