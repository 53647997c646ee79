import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createHealthWatch, type Health, judge } from '../../src/core/probe/health.ts'
import type { ProbeResult } from '../../src/core/probe/result.ts'
import { FakeClock } from '../helpers/fake-clock.ts'

const HEALTHY: ProbeResult = { healthy: true }
const SICK: ProbeResult = { healthy: false, detail: 'sick' }
const CHECK = {
  probe: { kind: 'exec', argv: ['x'] },
  intervalMs: 1000,
  timeoutMs: 500,
  failures: 3,
  startPeriodMs: 5000
} as const

/** A watch whose attempts last as long as the test wants. */
function watched() {
  const clock = new FakeClock()
  const starts: number[] = []
  const pending: ((result: ProbeResult) => void)[] = []
  const heard: Health[] = []
  const cancel = createHealthWatch({
    check: CHECK,
    clock,
    run: () =>
      new Promise((resolve) => {
        starts.push(clock.now())
        pending.push(resolve)
      }),
    onChange: (health) => heard.push(health)
  })
  const answer = async (result: ProbeResult): Promise<void> => {
    pending.shift()?.(result)
    await Promise.resolve()
    await Promise.resolve()
  }
  return { clock, starts, heard, answer, cancel, running: () => pending.length }
}

describe('judge', () => {
  it('is unhealthy exactly after as many failures in a row as are allowed', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1 }), fc.integer({ min: 1, max: 5 }), (results, allowed) => {
        let health: Health | undefined
        for (const [index, healthy] of results.entries()) {
          health = judge(health, healthy ? HEALTHY : SICK, allowed)
          const streak = index - results.slice(0, index + 1).lastIndexOf(true)
          expect(health).toEqual({ healthy: streak < allowed, failures: streak, allowed, detail: streak > 0 ? 'sick' : '' })
        }
      })
    )
  })
})

describe('a health watch', () => {
  it('begins after the start period and goes on at its interval', async () => {
    const { clock, starts, answer } = watched()
    clock.advance(4999)
    expect(starts).toEqual([])
    clock.advance(1)
    clock.advance(200)
    await answer(HEALTHY)
    clock.advance(799)
    expect(starts).toEqual([5000])
    clock.advance(1)
    expect(starts).toEqual([5000, 6000])
  })

  it('never runs two attempts at once; one that outlasts the interval is followed at once', async () => {
    const { clock, starts, answer, running } = watched()
    clock.advance(9000)
    expect(running()).toBe(1)
    await answer(SICK)
    clock.advance(0)
    expect(starts).toEqual([5000, 9000])
    expect(running()).toBe(1)
  })

  it('tells of the first result, of each failure and of the recovery, and of nothing else', async () => {
    const { clock, heard, answer } = watched()
    clock.advance(5000)
    for (const result of [HEALTHY, HEALTHY, SICK, SICK, HEALTHY, HEALTHY, SICK, SICK, SICK, SICK]) {
      await answer(result)
      clock.advance(1000)
    }
    expect(heard.map(({ healthy, failures }) => `${healthy} ${failures}`)).toEqual([
      'true 0',
      'true 1',
      'true 2',
      'true 0',
      'true 1',
      'true 2',
      'false 3',
      'false 4'
    ])
  })

  it('is silent and still once cancelled, also in the middle of an attempt', async () => {
    const { clock, starts, heard, answer, cancel } = watched()
    clock.advance(5000)
    cancel()
    await answer(SICK)
    clock.advance(100_000)
    expect(starts).toEqual([5000])
    expect(heard).toEqual([])
    expect(clock.pending).toBe(0)
  })
})
