import { describe, expect, test } from 'vitest'
import { execIdOf, ktimeOfStart } from '../../src/core/process/exec-id.ts'

describe('execution id', () => {
  test.each([
    ['kind-control-plane', 1n, 0, 'a2luZC1jb250cm9sLXBsYW5lOjE6MA=='],
    ['kind-control-plane', 11428615636901n, 51583, 'a2luZC1jb250cm9sLXBsYW5lOjExNDI4NjE1NjM2OTAxOjUxNTgz'],
    ['my-node', 100680000000n, 1898, 'bXktbm9kZToxMDA2ODAwMDAwMDA6MTg5OA==']
  ])('%s:%s:%s', (node, ktime, pid, id) => {
    expect(execIdOf(node, ktime, pid)).toBe(id)
  })

  test('the start time 10068 at 100 ticks a second is 100680000000 ns', () => {
    expect(ktimeOfStart(10068, 100)).toBe(100680000000n)
  })

  test('is exact beyond 2^53 ns, after 104 days of uptime', () => {
    const ticks = 200 * 24 * 3600 * 100 + 1
    expect(ktimeOfStart(ticks, 100)).toBe(17_280_000_010_000_000n)
    expect(Buffer.from(execIdOf('n', ktimeOfStart(ticks, 100), 7), 'base64').toString()).toBe('n:17280000010000000:7')
  })
})
