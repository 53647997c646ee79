import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Identity, identityKey } from '../../src/core/process/identity.ts'
import { type Added, createRegistry, type Pair, pairKey } from '../../src/core/reaper/registry.ts'

const pair = (parent: number, child: number, uid = 1000, start = 1): Pair => ({
  parent: { pid: parent, startTime: start },
  child: { pid: child, startTime: start },
  uid
})

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

/** A world of few numbers that are given away again and again; the model is a list of pairs. */
type Step =
  | { readonly kind: 'register' | 'unregister'; readonly parent: number; readonly child: number; readonly uid: number }
  | { readonly kind: 'die' | 'reuse' | 'give-up'; readonly pid: number }

const pid = fc.integer({ min: 1, max: 6 })
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constantFrom('register' as const, 'unregister' as const),
      parent: pid,
      child: pid,
      uid: fc.constantFrom(0, 1, 2)
    }),
    fc.record({ kind: fc.constantFrom('die' as const, 'reuse' as const, 'give-up' as const), pid })
  ),
  { maxLength: 120 }
)

test('against a model, with deaths and reuses: only the named child of the named dead parent is ever to be ended', () => {
  fc.assert(
    fc.property(steps, (story) => {
      const bounds = { most: 12, mostOfUser: 4 }
      const registry = createRegistry(bounds)
      const starts = new Map<number, number>()
      const now = (number: number): Identity => ({ pid: number, startTime: starts.get(number) ?? 0 })
      let model: Pair[] = []
      const acting = new Map<string, Set<string>>()
      const same = (a: Identity, b: Identity): boolean => identityKey(a) === identityKey(b)

      const die = (number: number): void => {
        const dead = now(number)
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

      const expectedAnswer = (wanted: Pair): Added => {
        if (acting.has(identityKey(wanted.child))) return 'acting'
        if (model.some((known) => pairKey(known) === pairKey(wanted))) return 'duplicate'
        if (model.length >= bounds.most) return 'full'
        const own = model.filter(({ uid }) => uid === wanted.uid).length
        return wanted.uid !== 0 && own >= bounds.mostOfUser ? 'user-full' : 'added'
      }

      const register = (wanted: Pair): void => {
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

      for (const step of story) {
        if (step.kind === 'register') register({ parent: now(step.parent), child: now(step.child), uid: step.uid })
        else if (step.kind === 'unregister') {
          const wanted = { parent: now(step.parent), child: now(step.child), uid: step.uid }
          expect(registry.remove(wanted)).toBe(model.some((known) => pairKey(known) === pairKey(wanted)))
          model = model.filter((known) => pairKey(known) !== pairKey(wanted))
        } else if (step.kind === 'die') die(step.pid)
        else if (step.kind === 'give-up') giveUp(step.pid)
        else if (step.kind === 'reuse') {
          die(step.pid)
          starts.set(step.pid, now(step.pid).startTime + 1)
        }
        expect([...registry.all()].map(pairKey).sort()).toEqual(model.map(pairKey).sort())
        expect(registry.size).toBe(model.length)
        for (const known of model) {
          expect(registry.byNumbers(known.parent.pid, known.child.pid)).toContain(known)
          expect(registry.isActing(known.child)).toBe(acting.has(identityKey(known.child)))
        }
      }
    }),
    { numRuns: 300 }
  )
})
