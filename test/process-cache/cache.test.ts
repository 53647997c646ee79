import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createProcessCache, type ProcessCache } from '../../src/core/process/cache/cache.ts'
import type { ProcessImage } from '../../src/core/process/cache/image.ts'
import { metricSamples } from '../../src/core/process/cache/metrics.ts'
import { SELF } from '../../src/core/process/cache/references.ts'
import { idOf, imageOf, NODE } from './images.ts'

const cacheOf = (capacity = 10): ProcessCache => createProcessCache({ nodeName: NODE, capacity })

const added = (cache: ProcessCache, image: ProcessImage): ProcessImage => {
  expect(cache.add(image)).toBe(true)
  return image
}

const sweepTwice = (cache: ProcessCache): void => {
  cache.sweep()
  cache.sweep()
}

describe('the cache', () => {
  test('adds and removes; removing twice is told', () => {
    const cache = cacheOf(10)
    const { execId } = added(cache, imageOf(1))
    expect(cache.counts().size).toBe(1)
    expect(cache.remove(execId)).toBe(true)
    expect(cache.counts().size).toBe(0)
    expect(cache.get(execId)).toBeUndefined()
    expect(cache.remove(execId)).toBe(false)
    expect(cache.counts()).toMatchObject({ size: 0, misses: { get: 1, remove: 1 } })
  })

  test('an image that nobody holds waits for two sweeps, and one that is held again stays', () => {
    const cache = cacheOf()
    const image = added(cache, imageOf(1))
    expect(cache.stateOf(image.execId)).toBe('in-use')
    cache.drop(image, SELF)
    expect(cache.stateOf(image.execId)).toBe('delete-pending')
    cache.hold(image.execId, 'shown')
    cache.sweep()
    expect(cache.stateOf(image.execId)).toBe('in-use')
    expect(cache.waiting).toBe(0)
    cache.drop(image, 'shown')
    cache.sweep()
    expect(cache.stateOf(image.execId)).toBe('delete-ready')
    expect(cache.get(image.execId)).toMatchObject({ pid: 1, references: 0 })
    cache.sweep()
    expect(cache.get(image.execId)).toBeUndefined()
    expect(cache.counts().size).toBe(0)
  })

  test('one that is dropped again while it is ready begins again, and is queued once', () => {
    const cache = cacheOf()
    const image = added(cache, imageOf(1))
    cache.drop(image, SELF)
    cache.sweep()
    cache.hold(image.execId, 'shown')
    cache.drop(image, 'shown')
    expect(cache.stateOf(image.execId)).toBe('delete-pending')
    expect(cache.waiting).toBe(1)
    cache.sweep()
    expect(cache.stateOf(image.execId)).toBe('delete-ready')
    cache.sweep()
    expect(cache.stateOf(image.execId)).toBeUndefined()
  })

  test('of a parent and its child, the end of the child leaves the parent its own reference; a second end changes nothing', () => {
    const cache = cacheOf(2)
    const parent = added(cache, imageOf(1))
    const child = added(cache, imageOf(2, 5n, parent.execId))
    expect(cache.get(parent.execId)?.references).toBe(2)
    cache.drop(child, SELF)
    expect(cache.get(parent.execId)?.references).toBe(1)
    cache.drop(child, SELF)
    expect(cache.get(parent.execId)?.references).toBe(1)
    expect(cache.get(child.execId)?.references).toBe(0)
    sweepTwice(cache)
    expect(cache.counts()).toMatchObject({ size: 1, earlyDeletions: 0 })
  })

  test('what runs keeps its ancestors, ended or not', () => {
    const cache = cacheOf()
    const a = added(cache, imageOf(1))
    const b = added(cache, imageOf(2, 2n, a.execId))
    const c = added(cache, imageOf(3, 3n, b.execId))
    for (const ended of [a, b]) cache.drop(ended, SELF)
    sweepTwice(cache)
    expect(cache.ancestors(c.execId, 10).map(({ pid }) => pid)).toEqual([2, 1])
    cache.drop(c, SELF)
    sweepTwice(cache)
    expect(cache.counts().size).toBe(0)
  })

  test('a program that executes itself for ever does not fill it', () => {
    const cache = cacheOf(10_000)
    let image = added(cache, imageOf(7, 1n))
    for (let time = 2n; time < 5000n; time++) {
      const next = added(cache, imageOf(7, time, image.execId))
      cache.drop(image, SELF)
      image = next
      if (time % 100n === 0n) sweepTwice(cache)
    }
    sweepTwice(cache)
    expect(cache.counts().size).toBeLessThan(70)
    expect(cache.ancestors(image.execId, 1000).length).toBeGreaterThan(60)
    cache.drop(image, SELF)
    sweepTwice(cache)
    expect(cache.counts().size).toBe(0)
  })

  test('the least recently used leaves; reading is a use', () => {
    const cache = cacheOf(3)
    const [a, b, c] = [added(cache, imageOf(1)), added(cache, imageOf(2)), added(cache, imageOf(3))]
    cache.get(a?.execId ?? '')
    added(cache, imageOf(4))
    expect(cache.stateOf(b?.execId ?? '')).toBeUndefined()
    expect([a, c].map((image) => cache.stateOf(image?.execId ?? ''))).toEqual(['in-use', 'in-use'])
    expect(cache.counts()).toMatchObject({ size: 3, evictions: 1 })
  })

  test('an end that comes after the eviction is counted, and brings nothing back', () => {
    const cache = cacheOf(1)
    const old = added(cache, imageOf(1))
    added(cache, imageOf(2))
    cache.drop(old, SELF)
    cache.hold(old.execId, 'shown')
    expect(cache.counts()).toMatchObject({ size: 1, evictions: 1, earlyDeletions: 1 })
    expect(cache.waiting).toBe(0)
  })

  test('long command lines take the room of many', () => {
    const cache = createProcessCache({ nodeName: NODE, capacity: 100, mostCharacters: 10_000 })
    for (let pid = 1; pid <= 20; pid++) cache.weigh(added(cache, imageOf(pid)), 4000)
    expect(cache.counts()).toMatchObject({ size: 2, evictions: 18 })
  })

  test('is asked by id, by pid, by pid and time, and with the parent; a missing parent is no error', () => {
    const cache = cacheOf()
    const first = added(cache, imageOf(5, 10n, idOf(1, 1n)))
    const second = added(cache, imageOf(5, 20n, first.execId))
    expect(cache.byPid(5)?.execId).toBe(second.execId)
    expect(cache.byPid(5, 10n)?.execId).toBe(first.execId)
    expect(cache.byPid(5, 11n)).toBeUndefined()
    expect(cache.byPid(6)).toBeUndefined()
    expect(cache.withParent(second.execId)?.parent?.execId).toBe(first.execId)
    expect(cache.withParent(first.execId)).toMatchObject({ process: { execId: first.execId }, parent: undefined })
    expect(cache.withParent('nobody')).toBeUndefined()
    expect(cache.counts().misses).toEqual({ get: 1, pid: 2, parent: 1, remove: 0 })
  })

  test('a copy carries the references of its moment, and changing it changes nothing', () => {
    const cache = cacheOf()
    const { execId } = added(cache, imageOf(1))
    const copy = cache.get(execId)
    Object.assign(copy ?? {}, { pid: 99, end: { ktime: 1n, exit: undefined, tid: 7 } })
    expect(cache.get(execId)).toMatchObject({ pid: 1, references: 1, end: undefined })
    expect(copy && 'tid' in copy).toBe(false)
  })

  test('a second image of the same id leaves the first as it is', () => {
    const cache = cacheOf()
    added(cache, imageOf(1))
    expect(cache.add(imageOf(1))).toBe(false)
    expect(cache.counts().size).toBe(1)
  })

  test('purge forgets all of them', () => {
    const cache = cacheOf()
    const image = added(cache, imageOf(1))
    cache.drop(added(cache, imageOf(2)), SELF)
    cache.purge()
    expect(cache.counts().size).toBe(0)
    expect(cache.waiting).toBe(0)
    expect(cache.byPid(1)).toBeUndefined()
    cache.drop(image, SELF)
    sweepTwice(cache)
    expect(cache.counts()).toMatchObject({ size: 0, earlyDeletions: 1 })
  })

  test('its metrics have their names, and a value before anything was counted', () => {
    const follow = { retries: { exec: 0 }, failures: { exec: 2 }, losses: 1 }
    const samples = metricSamples(cacheOf(7).counts(), follow)
    const values = Object.fromEntries(samples.map(({ name, values }) => [name, values.map(({ value }) => value)]))
    expect(values).toMatchObject({
      process_cache_size: [0],
      process_cache_capacity: [7],
      process_cache_evictions_total: [0],
      process_cache_misses_total: [0, 0, 0, 0],
      process_cache_early_deletions_total: [0],
      process_event_failures_total: [2],
      process_event_losses_total: [1]
    })
  })
})

describe('references, whatever happens', () => {
  /** What is done to one of the images 0..9. */
  const doing: Readonly<Record<string, (cache: ProcessCache, image: ProcessImage) => void>> = {
    add: (cache, image) => void cache.add(image),
    drop: (cache, image) => cache.drop(image, SELF),
    hold: (cache, image) => cache.hold(image.execId, 'shown'),
    release: (cache, image) => cache.drop(image, 'shown'),
    remove: (cache, image) => void cache.remove(image.execId),
    get: (cache, image) => void cache.get(image.execId),
    sweep: (cache) => cache.sweep(),
    purge: (cache) => cache.purge()
  }
  const step = fc.tuple(
    fc.oneof({ weight: 3, arbitrary: fc.constant('add') }, { weight: 5, arbitrary: fc.constantFrom(...Object.keys(doing)) }),
    fc.nat(9)
  )
  /** Each below one of those before it, or below none. */
  const family = fc
    .array(fc.nat(9), { minLength: 10, maxLength: 10 })
    .map((parents) => parents.map((parent, pid) => imageOf(pid, 1n, parent < pid ? idOf(parent, 1n) : '')))

  test('never leak and are never held for nobody', () => {
    fc.assert(
      fc.property(family, fc.array(step, { maxLength: 80 }), fc.integer({ min: 2, max: 12 }), (images, steps, capacity) => {
        const cache = cacheOf(capacity)
        for (const [what, which] of steps) {
          const image = images[which]
          if (image !== undefined) doing[what]?.(cache, image)
          checkReasons(cache)
        }
        for (const image of images) for (const reason of [SELF, 'shown']) cache.drop(image, reason)
        checkReasons(cache)
        sweepTwice(cache)
        expect(cache.counts().size).toBe(0)
        expect(cache.waiting).toBe(0)
      }),
      { numRuns: 2000 }
    )
  })

  /** Whoever is named as a reason is there, is held itself, and is a child. */
  function checkReasons(cache: ProcessCache): void {
    for (let pid = 0; pid < 10; pid++) {
      const id = idOf(pid, 1n)
      const children = cache.reasonsOf(id).filter((reason) => reason !== SELF && reason !== 'shown')
      for (const child of children) {
        expect(cache.reasonsOf(child).length).toBeGreaterThan(0)
        expect(cache.get(child)?.parentExecId).toBe(id)
      }
    }
  }
})
