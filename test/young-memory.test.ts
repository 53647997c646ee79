import { expect, test } from 'vitest'
import { keepYoungSmall, youngBytes } from '../src/core/young-memory.ts'
import { FakeClock } from './helpers/fake-clock.ts'

const MINUTE = 60_000
const MIB = 2 ** 20

/** Objects that live through a few collections, until V8 has set this much aside for such. */
function growTo(bytes: number): void {
  const kept: unknown[] = []
  for (let made = 0; youngBytes() < bytes && made < 5_000_000; made++) {
    kept[made % 100_000] = { made, text: `object ${made}` }
  }
}

test('memory that is set aside for young objects is given back once there is much of it', () => {
  growTo(6 * MIB)
  const before = youngBytes()
  expect(before).toBeGreaterThanOrEqual(6 * MIB)
  const clock = new FakeClock()
  const leave = keepYoungSmall(clock, 4 * MIB)
  clock.advance(MINUTE - 1)
  expect(youngBytes()).toBeGreaterThanOrEqual(6 * MIB)
  clock.advance(1)
  expect(youngBytes()).toBeLessThan(before / 2)
  leave()
  expect(clock.pending).toBe(0)
})

test('little of it is left alone', () => {
  growTo(6 * MIB)
  const clock = new FakeClock()
  const leave = keepYoungSmall(clock, 512 * MIB)
  clock.advance(3 * MINUTE)
  expect(youngBytes()).toBeGreaterThanOrEqual(6 * MIB)
  leave()
})
