import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Identity, identityKey } from '../../src/core/process/identity.ts'
import { type Added, createRegistry, pairKey, type Registration } from '../../src/core/reaper/registry.ts'
import { createWindow } from '../../src/core/reaper/window.ts'

const registration = (parent: Identity, child: Identity, uid: number): Registration => ({
  parent,
  child,
  uid,
  terms: { signal: 'SIGTERM', graceMs: 5000, scope: 'tree' },
  by: { uid, pid: 1, command: '' },
  since: 0
})

const pair = (parent: number, child: number, uid = 1000, start = 1): Registration =>
  registration({ pid: parent, startTime: start }, { pid: child, startTime: start }, uid)

describe('the bounds', () => {
  test('a quarter for each uid but root, and all in all', () => {
    const registry = createRegistry({ most: 8, mostOfUser: 2 })
    expect([2, 3, 4].map((child) => registry.add(pair(1, child, 1000)))).toEqual(['added', 'added', 'user-full'])
    expect([2, 3, 4, 5, 6, 7].map((child) => registry.add(pair(1, child, 0)))).toEqual(Array(6).fill('added'))
    expect(registry.add(pair(1, 8, 0))).toBe('full')
    expect(registry.add(pair(1, 8, 1001))).toBe('full')
    expect(registry.remove(pair(1, 2, 1000))).toBe(true)
    expect(registry.add(pair(1, 8, 1000))).toBe('added')
  })

  test('65,536 in all, 16,384 of one user', () => {
    const registry = createRegistry()
    let users = 0
    for (let child = 2; registry.add(pair(1, child, 1000)) === 'added'; child++) users++
    let root = 0
    for (let child = 2; registry.add(pair(1, child, 0)) === 'added'; child++) root++
    expect([users, root, registry.size]).toEqual([16_384, 49_152, 65_536])
  })
})

test('several parents of one child: the first death acts, the others change nothing', () => {
  const registry = createRegistry()
  for (const parent of [10, 11, 12]) expect(registry.add(pair(parent, 20))).toBe('added')
  expect(registry.parentEnded({ pid: 11, startTime: 1 })).toEqual([{ pid: 20, startTime: 1 }])
  expect(registry.parentEnded({ pid: 10, startTime: 1 })).toEqual([])
  expect(registry.add(pair(13, 20))).toBe('acting')
  expect(registry.actingFor({ pid: 20, startTime: 1 }).map(({ parent }) => parent.pid)).toEqual([10, 11])
  // not ended after all: what is left is armed again
  expect(registry.actingEnded({ pid: 20, startTime: 1 })).toHaveLength(2)
  expect(registry.isActing({ pid: 20, startTime: 1 })).toBe(false)
  expect(registry.parentEnded({ pid: 12, startTime: 1 })).toEqual([{ pid: 20, startTime: 1 }])
})

test('asked for: what survives keeps the pairs whose parents live', () => {
  const registry = createRegistry()
  const [one, two] = [pair(10, 20), pair(11, 20)]
  for (const known of [one, two]) registry.add(known)
  registry.endNow(one.child, [one])
  expect(registry.held).toEqual({ armed: 0, acting: 2, parents: 2 })
  expect(registry.actingFor(one.child)).toEqual([one])
  expect(registry.parentEnded(two.parent)).toEqual([])
  expect(registry.actingFor(one.child)).toEqual([one, two])
  expect(registry.held).toEqual({ armed: 0, acting: 2, parents: 1 })
  expect(registry.actingEnded(one.child)).toEqual([two])
  expect(registry.held).toEqual({ armed: 1, acting: 0, parents: 1 })
})

test('numbers too large for a process are nobody else by chance', () => {
  const registry = createRegistry()
  registry.add(pair(5, 7))
  expect(registry.byNumbers(4, 2 ** 22 + 7)).toEqual([])
  expect(registry.byNumbers(5, 7)).toHaveLength(1)
})

test('the list has the first pairs in the order of registration, and once it is refilled as many as it can', () => {
  const step = fc.record({ kind: fc.constantFrom('add' as const, 'remove' as const, 'refill' as const), at: fc.nat(40) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 5 }), (story, most) => {
      const registry = createRegistry()
      const window = createWindow(registry, most)
      let shown: Registration[] = []
      let next = 1
      let owed = false
      for (const { kind, at } of story) {
        const all = [...registry.all()]
        const victim = all[at % Math.max(1, all.length)]
        if (kind === 'add') {
          const one = pair(1, ++next)
          registry.add(one)
          if (window.entered(one)) shown.push(one)
        } else if (kind === 'remove' && victim !== undefined) {
          registry.remove(victim)
          shown = shown.filter((known) => known !== victim)
          owed = window.left(victim) || owed
          expect(owed || shown.length === Math.min(most, registry.size)).toBe(true)
        }
        if (kind === 'refill') {
          shown.push(...window.refill())
          owed = false
          expect(shown).toHaveLength(Math.min(most, registry.size))
        }
        expect(shown).toEqual([...registry.all()].slice(0, shown.length))
      }
    })
  )
})

/** A world of few numbers that are given away again and again; the model is a list of pairs. */
type Step =
  | { readonly kind: 'register' | 'unregister'; readonly parent: number; readonly child: number; readonly uid: number }
  | { readonly kind: 'die' | 'reuse' | 'give-up' | 'end-now'; readonly pid: number }

const pid = fc.integer({ min: 1, max: 6 })
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constantFrom('register' as const, 'unregister' as const),
      parent: pid,
      child: pid,
      uid: fc.constantFrom(0, 1, 2)
    }),
    fc.record({ kind: fc.constantFrom('die' as const, 'reuse' as const, 'give-up' as const, 'end-now' as const), pid })
  ),
  { maxLength: 120 }
)

const countsOf = (model: readonly Registration[], acting: ReadonlyMap<string, ReadonlySet<string>>) => {
  const dead = new Set([...acting.values()].flatMap((parents) => [...parents]))
  const busy = model.filter(({ child }) => acting.has(identityKey(child)))
  const parents = new Set(model.map(({ parent }) => identityKey(parent)).filter((key) => !dead.has(key)))
  return { armed: model.length - busy.length, acting: busy.length, parents: parents.size }
}

test('against a model, with deaths and reuses: only the named child of the named dead parent is ever to be ended', () => {
  fc.assert(
    fc.property(steps, (story) => {
      const bounds = { most: 12, mostOfUser: 4 }
      const registry = createRegistry(bounds)
      const starts = new Map<number, number>()
      const now = (number: number): Identity => ({ pid: number, startTime: starts.get(number) ?? 0 })
      let model: Registration[] = []
      const acting = new Map<string, Set<string>>()
      const ended = new Set<string>()
      const same = (a: Identity, b: Identity): boolean => identityKey(a) === identityKey(b)

      const die = (number: number): void => {
        const dead = now(number)
        ended.add(identityKey(dead))
        const expected = model.filter(({ parent }) => same(parent, dead)).map(({ child }) => child)
        const fresh = [...new Map(expected.map((child) => [identityKey(child), child])).values()].filter(
          (child) => !acting.has(identityKey(child))
        )
        for (const child of expected) {
          acting.set(identityKey(child), (acting.get(identityKey(child)) ?? new Set()).add(identityKey(dead)))
        }
        expect(registry.parentEnded(dead)).toEqual(fresh)
        const gone = model.filter(({ child }) => same(child, dead))
        model = model.filter(({ child }) => !same(child, dead))
        acting.delete(identityKey(dead))
        expect(registry.childEnded(dead).map(pairKey).sort()).toEqual(gone.map(pairKey).sort())
      }

      const expectedAnswer = (wanted: Registration): Added => {
        if (acting.has(identityKey(wanted.child))) return 'acting'
        if (model.some((known) => pairKey(known) === pairKey(wanted))) return 'duplicate'
        if (model.length >= bounds.most) return 'full'
        const own = model.filter(({ uid }) => uid === wanted.uid).length
        return wanted.uid !== 0 && own >= bounds.mostOfUser ? 'user-full' : 'added'
      }

      /** As the callers do, of living processes only. */
      const register = (wanted: Registration): void => {
        if (ended.has(identityKey(wanted.parent)) || ended.has(identityKey(wanted.child))) return
        const expected = expectedAnswer(wanted)
        expect(registry.add(wanted)).toBe(expected)
        if (expected === 'added') model.push(wanted)
      }

      const giveUp = (number: number): void => {
        const child = now(number)
        const dead = acting.get(identityKey(child))
        const gone = model.filter((known) => same(known.child, child) && dead?.has(identityKey(known.parent)))
        model = model.filter((known) => !gone.includes(known))
        acting.delete(identityKey(child))
        expect(registry.actingEnded(child).map(pairKey).sort()).toEqual(gone.map(pairKey).sort())
      }

      /** By the first pair of the child; as the callers do, only of one that nobody ends. */
      const endNow = (number: number): void => {
        const child = now(number)
        const first = model.find((known) => same(known.child, child))
        if (first === undefined || acting.has(identityKey(child))) return
        registry.endNow(child, [first])
        acting.set(identityKey(child), new Set())
        expect(registry.actingFor(child)).toEqual([first])
      }

      const unregister = (wanted: Registration): void => {
        expect(registry.remove(wanted)).toBe(model.some((known) => pairKey(known) === pairKey(wanted)))
        model = model.filter((known) => pairKey(known) !== pairKey(wanted))
      }

      const reuse = (number: number): void => {
        die(number)
        starts.set(number, now(number).startTime + 1)
      }
      const toProcess = { die, reuse, 'give-up': giveUp, 'end-now': endNow }
      const toPair = { register, unregister }

      for (const step of story) {
        if ('pid' in step) toProcess[step.kind](step.pid)
        else toPair[step.kind](registration(now(step.parent), now(step.child), step.uid))
        expect([...registry.all()].map(pairKey).sort()).toEqual(model.map(pairKey).sort())
        expect(registry.size).toBe(model.length)
        expect(registry.held).toEqual(countsOf(model, acting))
        for (const known of model) {
          expect(registry.byNumbers(known.parent.pid, known.child.pid)).toContain(known)
          expect(registry.isActing(known.child)).toBe(acting.has(identityKey(known.child)))
        }
      }
    }),
    { numRuns: 300 }
  )
})
