import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createRecentEvents } from '../../src/core/control/recent-events.ts'
import { event } from '../helpers/arbitrary-events.ts'

it('gives all events since a number, or says that some are gone', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3), { maxLength: 80 }), fc.nat(100), fc.integer({ min: 5, max: 40 }), (gaps, since, weight) => {
      const recent = createRecentEvents(weight)
      recent.restart(0)
      let seq = 0
      const all = gaps.map((gap) => {
        seq += 1 + gap
        return event({ type: 'node-ready', detail: '' }, { seq })
      })
      for (const one of all) recent.push(one)
      const found = recent.since(since)
      const wanted = all.filter((one) => one.seq > since)
      if (found !== undefined) expect(found).toEqual(wanted)
      else expect(wanted.length).toBeGreaterThanOrEqual(weight - 1)
    })
  )
})

it('knows nothing of what came before it began', () => {
  const recent = createRecentEvents()
  recent.restart(10)
  recent.push(event({ type: 'node-ready', detail: '' }, { seq: 12 }))
  expect(recent.since(9)).toBeUndefined()
  expect(recent.since(10)?.map(({ seq }) => seq)).toEqual([12])
  expect(recent.since(12)).toEqual([])
})
