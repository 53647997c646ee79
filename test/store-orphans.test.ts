import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { EventBody, SupervisorEvent } from '../src/core/events.ts'
import type { Identity } from '../src/core/process/identity.ts'
import type { Deaths } from '../src/core/reaper/deaths.ts'
import { createRegistry, type Registration } from '../src/core/reaper/registry.ts'
import { createShowing } from '../src/core/reaper/showing.ts'
import { createWindow } from '../src/core/reaper/window.ts'
import { initialState, reduce, type SupervisorState } from '../src/store.ts'
import { event, receipt } from './helpers/arbitrary-events.ts'
import { FakeClock } from './helpers/fake-clock.ts'

const START = initialState({ name: 'demo', host: 'web-01', version: '0.1.0', pid: 1, intervalMs: 3000 })
const TERMS = { signal: 'SIGTERM', graceMs: 5000, scope: 'tree' } as const
const BY = { uid: 0, pid: 1, command: 'test' }
const identity = (pid: number): Identity => ({ pid, startTime: 1 })
const someReceipt = fc.sample(receipt, { numRuns: 1, seed: 3 })[0]

const pair = (parent: number, child: number): Registration => ({
  parent: identity(parent),
  child: identity(child),
  uid: BY.uid,
  terms: TERMS,
  by: BY,
  since: 0
})

/** A registry whose changes are shown in a state, as in a run; lists `most` pairs. */
function world(most: number, isTold: boolean) {
  const clock = new FakeClock()
  const registry = createRegistry()
  const receipts = new Map<number, number>()
  let state: SupervisorState = START
  let seq = 0
  const emit = (body: EventBody): void => {
    seq += 1
    state = reduce(state, JSON.parse(JSON.stringify(event(body, { seq }))) as SupervisorEvent)
  }
  const showing = createShowing({
    clock,
    emit,
    registry,
    window: createWindow(registry, most),
    deaths: () => ({ isSwept: () => false }) as unknown as Deaths,
    isTold: () => isTold,
    refused: () => 7,
    commandOf: ({ pid }) => `command ${pid}`,
    receiptOf: ({ pid }) => receipts.get(pid)
  })

  const act = (child: number, live: boolean): void => {
    receipts.set(child, 1)
    emit({ type: 'orphan-acting', receipt: 1, parent: identity(0), child: identity(child), detail: '', held: registry.held })
    receipts.delete(child)
    const gone = live ? registry.actingEnded(identity(child)) : registry.childEnded(identity(child))
    for (const left of gone) showing.left(left, 'acted')
    if (someReceipt === undefined) throw new Error('no receipt')
    const leader = { ...identity(child), execId: 'x' }
    const outcome = live ? 'refused' : 'ended'
    emit({ type: 'orphan-acted', receipt: { ...someReceipt, leader }, outcome, refused: [], held: registry.held })
  }

  return {
    clock,
    registry,
    state: () => state,
    register(parent: number, child: number) {
      const one = pair(parent, child)
      if (registry.add(one) === 'added') showing.entered(one, 'new')
    },
    unregister(parent: number, child: number) {
      const known = registry.find(pair(parent, child))
      if (known === undefined || !registry.remove(known)) return
      showing.left(known, BY)
    },
    parentEnded(parent: number, live: boolean) {
      for (const child of registry.parentEnded(identity(parent))) act(child.pid, live)
    },
    settle: () => clock.advance(200),
    shown: () => [...registry.all()].slice(0, most).map((known) => showing.pairOf(known))
  }
}

const steps = fc.array(
  fc.record({
    kind: fc.constantFrom(
      'register' as const,
      'register' as const,
      'unregister' as const,
      'die' as const,
      'refused' as const,
      'wait' as const
    ),
    parent: fc.integer({ min: 1, max: 4 }),
    child: fc.integer({ min: 11, max: 18 })
  }),
  { maxLength: 80 }
)

describe('the state of the reaper is the fold of its events', () => {
  test.each([true, false])('whatever happens, registrations told: %s', (isTold) => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 6 }), (story, most) => {
        const { register, unregister, parentEnded, registry, state, settle, shown } = world(most, isTold)
        const orders = {
          register,
          unregister,
          die: (parent: number) => parentEnded(parent, false),
          refused: (parent: number) => parentEnded(parent, true),
          wait: settle
        }
        for (const { kind, parent, child } of story) {
          orders[kind](parent, child)
          // at once: never a pair that is not registered, and in the order of registration
          const now = shown()
          expect(now.slice(0, state().orphans.pairs.length).map(({ child: { pid } }) => pid)).toEqual(
            state().orphans.pairs.map(({ child: { pid } }) => pid)
          )
          if (isTold) expect(state().orphans).toMatchObject(registry.held)
        }
        settle()
        expect(state().orphans).toMatchObject(registry.held)
        expect(state().orphans.pairs.map(withoutTime)).toEqual(shown().map(withoutTime))
      }),
      { numRuns: 300 }
    )
  })
})

/** A told registration has the time of its event. */
const withoutTime = <T extends { since: string }>({ since: _since, ...rest }: T) => rest

test('at most 500 pairs are listed, with the counts of all', () => {
  const { register, registry, state } = world(500, true)
  for (let child = 2; child < 1002; child++) register(1, child)
  expect(state().orphans).toMatchObject({ armed: 1000, acting: 0, parents: 1 })
  expect(state().orphans.pairs).toHaveLength(500)
  expect(registry.size).toBe(1000)
  expect(state().orphans.pairs[0]).toEqual({
    parent: identity(1),
    child: identity(2),
    parentCommand: 'command 1',
    childCommand: 'command 2',
    uid: 0,
    by: BY,
    ...TERMS,
    deaths: 'events',
    since: '2026-01-01T12:04:31.120Z',
    standing: { kind: 'armed' }
  })
})

test('what an event does not change keeps its identity', () => {
  const { register, state } = world(500, true)
  register(1, 2)
  const before = state().orphans
  expect(reduce(state(), event({ type: 'node-removed' })).orphans).toBe(before)
  const other = { parent: identity(8), child: identity(9), uid: 0, held: { armed: 1, acting: 0, parents: 1 } }
  expect(reduce(state(), event({ type: 'orphan-struck', ...other })).orphans.pairs).toBe(before.pairs)
})

test('the receipt of an orphan is a receipt like any other, and replaces the one that was opened', () => {
  if (someReceipt === undefined) throw new Error('no receipt')
  const held = { armed: 0, acting: 0, parents: 0 }
  const opened = reduce(START, event({ type: 'receipt-opened', receipt: { ...someReceipt, id: 4, closedAt: undefined } }))
  const acted = event({ type: 'orphan-acted', receipt: { ...someReceipt, id: 4, closedAt: 'then' }, outcome: 'ended', refused: [], held })
  expect(reduce(opened, acted).receipts.map(({ id, closedAt }) => [id, closedAt])).toEqual([[4, 'then']])
})

test('refusals are counted, told or not', () => {
  const refusal = { action: 'register', parent: 1, child: 2, code: 1, reason: 'gone', detail: '', by: BY, untold: 0 } as const
  const told = reduce(START, event({ type: 'orphan-refused', ...refusal, refused: 3 }))
  expect(told.orphans.refused).toBe(3)
  expect(reduce(told, event({ type: 'orphans-counted', held: { armed: 1, acting: 2, parents: 3 }, refused: 9 })).orphans).toMatchObject({
    armed: 1,
    acting: 2,
    parents: 3,
    refused: 9
  })
})
