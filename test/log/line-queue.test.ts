import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLineQueue } from '../../src/log/line-queue.ts'

const line = fc.stringMatching(/^[a-zé]{1,8}$/)

describe('the queue of a line file', () => {
  it('brings every line to the disk in order and in full, wherever writes are cut off', () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), fc.array(fc.nat(60)), (lines, cuts) => {
        const queue = createLineQueue(1e6)
        for (const one of lines) queue.push(one)
        let disk = Buffer.alloc(0)
        for (const cut of cuts) {
          const batch = queue.take()
          if (batch === undefined) break
          const written = Math.min(cut, batch.length - 1)
          disk = Buffer.concat([disk, batch.subarray(0, written)])
          queue.putBack(batch, written)
        }
        for (let batch = queue.take(); batch !== undefined; batch = queue.take()) disk = Buffer.concat([disk, batch])
        const whole = new Set(lines)
        const kept = disk.toString().split('\n').slice(0, -1)
        // what was cut stays as a beginning, everything else is there once and in order
        const cutLines = kept.length - lines.length
        expect(cutLines).toBeGreaterThanOrEqual(0)
        expect(cutLines).toBeLessThanOrEqual(cuts.length)
        expect(disk.at(-1)).toBe(0x0a)
        let next = 0
        for (const one of kept) if (one === lines[next]) next += 1
        expect(next).toBe(lines.length)
        expect(kept.filter((one) => whole.has(one)).length).toBeGreaterThanOrEqual(lines.length)
      })
    )
  })

  it('writes whole lines in batches of a bounded size', () => {
    const queue = createLineQueue(1e7)
    for (let count = 0; count < 1000; count++) queue.push('x'.repeat(999))
    const sizes: number[] = []
    for (let batch = queue.take(); batch !== undefined; batch = queue.take()) {
      sizes.push(batch.length)
      expect(batch.length % 1000).toBe(0)
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(256 * 1024)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(1_000_000)
  })

  it('loses the newest when there is no room, and counts them', () => {
    const queue = createLineQueue(10)
    for (const one of ['aaaa', 'bbbb', 'cccc', 'dddd']) queue.push(one)
    expect(queue.takeLost()).toBe(2)
    expect(queue.takeLost()).toBe(0)
    expect(queue.take()?.toString()).toBe('aaaa\nbbbb\n')
    queue.push('eeee')
    expect(queue.take()?.toString()).toBe('eeee\n')
  })
})
