import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EventBody, NodeSample, SupervisorEvent } from '../src/core/events.ts'
import type { Receipt } from '../src/core/receipt.ts'
import { createLocalSession } from '../src/local-session.ts'
import {
  createStore,
  initialState,
  reduce,
  type SupervisorState,
  selectNode,
  selectNodes,
  selectOwner,
  selectReceipt
} from '../src/store.ts'
import { anyEvent, description, event, NODE_NAMES, receipt } from './helpers/arbitrary-events.ts'

const RUN = { name: 'demo', host: 'web-01', version: '0.1.0', pid: 1, intervalMs: 3000 }
const sampled = <T>(arbitrary: fc.Arbitrary<T>): T => fc.sample(arbitrary, { numRuns: 1, seed: 7 })[0] as T
const describeNode = (name: string, kind: 'worker' | 'extension') => ({ ...sampled(description), name, kind })
const added = (name: string, kind: 'worker' | 'extension'): SupervisorEvent =>
  event({ type: 'node-added', description: describeNode(name, kind) }, { node: name })
const fold = (events: readonly SupervisorEvent[], from: SupervisorState = initialState(RUN)): SupervisorState => events.reduce(reduce, from)
const process = (pid: number, cpuPercent = 1) => ({
  pid,
  startTime: 5,
  execId: 'x',
  ppid: 1,
  pgid: pid,
  sid: pid,
  state: 'S',
  comm: 'node',
  command: 'node server.js',
  threads: 1,
  cpuMs: 10,
  rssBytes: 1000,
  cpuPercent
})
const sampleOf = (node: string, cpuPercent: number, processes = [process(10, cpuPercent)]): NodeSample => ({
  node,
  cpuPercent,
  cpuSource: 'stat',
  rssBytes: 1000,
  processes
})
const refreshed = (...samples: NodeSample[]): SupervisorEvent => event({ type: 'refreshed', samples })
const two = fold([added('api', 'worker'), added('indexer', 'extension')])

describe('the fold', () => {
  const everyNode = NODE_NAMES.map((name) => added(name, 'extension'))

  it('keeps every bound, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
        const state = fold([...everyNode, ...events])
        for (const node of selectNodes(state)) {
          expect(node.cpuHistory.length).toBeLessThanOrEqual(600)
          expect(node.memoryHistory.length).toBeLessThanOrEqual(600)
          expect(node.ledger.length).toBeLessThanOrEqual(120)
        }
        expect(state.order.toSorted()).toEqual(Object.keys(state.nodes).toSorted())
        expect(new Set(state.order).size).toBe(state.order.length)
        expect(new Set(state.receipts.map(({ id }) => id)).size).toBe(state.receipts.length)
      }),
      { numRuns: 150 }
    )
  })

  it('bounds long histories exactly', () => {
    const one = sampled(receipt)
    const bodies: [EventBody, number][] = [
      [{ type: 'problem', failure: { code: 'ENOSPC', message: 'full' }, next: undefined }, 1100],
      [{ type: 'checked', entry: one.window[0] ?? sampledEntry(), acting: true }, 130]
    ]
    let state = fold([added('api', 'worker')])
    for (const [body, times] of bodies)
      state = fold(
        Array.from({ length: times }, (_, seq) => event(body, { node: 'api', seq })),
        state
      )
    state = fold(
      Array.from({ length: 700 }, (_, index) => refreshed(sampleOf('api', index))),
      state
    )
    state = fold(
      Array.from({ length: 250 }, (_, id) => event({ type: 'receipt-opened', receipt: { ...one, id } })),
      state
    )
    const node = selectNode('api')(state)
    expect(state.events).toHaveLength(1000)
    expect(state.problems).toHaveLength(50)
    expect(node?.ledger).toHaveLength(120)
    expect(node?.cpuHistory).toHaveLength(600)
    expect(node?.cpuHistory.at(-1)).toBe(699)
    expect(state.receipts.map(({ id }) => id)).toEqual(Array.from({ length: 200 }, (_, index) => index + 50))
  })

  it('is the same after the events went through JSON', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 30 }), (events) => {
        const all = [...everyNode, ...events]
        const travelled = all.map((one) => JSON.parse(JSON.stringify(one)) as SupervisorEvent)
        expect(fold(travelled)).toEqual(fold(all))
      }),
      { numRuns: 150 }
    )
  })

  it('ignores nodes that it does not know, also those named like members of Object', () => {
    fc.assert(
      fc.property(
        fc.array(
          anyEvent.filter(({ type }) => type !== 'node-added'),
          { maxLength: 30 }
        ),
        (events) => {
          const state = fold(events)
          expect(state.order).toEqual([])
          expect(state.nodes).toEqual({})
          expect(selectNode('constructor')(state)).toBeUndefined()
        }
      ),
      { numRuns: 100 }
    )
  })

  it('never alters an earlier state', () => {
    const freeze = (value: unknown): void => {
      if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
      Object.freeze(value)
      for (const member of Object.values(value)) freeze(member)
    }
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 20 }), (events) => {
        let state = fold(everyNode)
        for (const one of events) {
          freeze(state)
          state = reduce(state, one)
        }
      }),
      { numRuns: 100 }
    )
  })

  it('puts the worker first and keeps what is known of a node that is described again', () => {
    const state = fold([
      added('b', 'extension'),
      added('a', 'extension'),
      added('w', 'worker'),
      refreshed(sampleOf('a', 3)),
      added('a', 'extension')
    ])
    expect(state.order).toEqual(['w', 'b', 'a'])
    expect(selectNode('a')(state)?.cpuHistory).toEqual([3])
    expect(fold([event({ type: 'node-removed' }, { node: 'b' })], state).order).toEqual(['w', 'a'])
  })
})

describe('structural sharing', () => {
  it('leaves every other node as it is', () => {
    const next = reduce(two, refreshed(sampleOf('indexer', 4)))
    expect(next.nodes['api']).toBe(two.nodes['api'])
    expect(next.nodes['indexer']).not.toBe(two.nodes['indexer'])
    expect(next.run).toBe(two.run)
    expect(next.order).toBe(two.order)
    expect(next.events).toBe(two.events)
    expect(next.receipts).toBe(two.receipts)
  })

  it('keeps a sample that says the same, and in a changed one each process that does', () => {
    const first = reduce(two, refreshed(sampleOf('api', 4, [process(1), process(2)])))
    const same = reduce(first, refreshed(sampleOf('api', 4, [process(1), process(2)])))
    expect(same.nodes['api']?.sample).toBe(first.nodes['api']?.sample)
    const moved = reduce(first, refreshed(sampleOf('api', 4, [process(2), process(1, 9)])))
    expect(moved.nodes['api']?.sample).not.toBe(first.nodes['api']?.sample)
    expect(moved.nodes['api']?.sample?.processes[0]).toBe(first.nodes['api']?.sample?.processes[1])
    expect(moved.nodes['api']?.sample?.processes[1]?.cpuPercent).toBe(9)
  })

  it('keeps an idle node altogether once its history is full of the same', () => {
    const full = fold(
      Array.from({ length: 600 }, () => refreshed(sampleOf('api', 0))),
      two
    )
    expect(reduce(full, refreshed(sampleOf('api', 0))).nodes).toBe(full.nodes)
    expect(reduce(full, refreshed(sampleOf('api', 1))).nodes).not.toBe(full.nodes)
  })

  it('does not change at all for a line of output', () => {
    expect(reduce(two, event({ type: 'output', stream: 'stdout', line: 'hello' }, { node: 'api' }))).toBe(two)
  })
})

describe('a node through its life', () => {
  const about = (body: EventBody): SupervisorEvent => event(body, { node: 'api' })
  const leader = { pid: 10, startTime: 5 }

  it('runs, becomes ready, is stopped for a limit, backs off and comes back', () => {
    const started = fold(
      [
        about({ type: 'node-starting', incarnation: 1 }),
        about({ type: 'node-started', incarnation: 1, leader, containment: 'cgroup', epoch: 0 })
      ],
      two
    )
    expect(started.nodes['api']?.phase).toMatchObject({ phase: 'running', leader, ready: false, containment: 'cgroup' })
    const ready = fold([about({ type: 'node-ready', detail: '' }), refreshed(sampleOf('api', 5))], started)
    expect(ready.nodes['api']?.phase).toMatchObject({ phase: 'running', ready: true })
    expect(selectOwner(leader)(ready)?.description.name).toBe('api')
    expect(selectOwner({ pid: 10, startTime: 6 })(ready)).toBeUndefined()

    const reason = { kind: 'limit', rule: 'cpu', source: { kind: 'default' }, arithmetic: 'CPU 3120 ms > 600 ms' } as const
    const exit = { code: undefined, signal: 'SIGTERM', oomKilled: false } as const
    const stopping = fold(
      [
        about({ type: 'node-stopping', receipt: 7, reason }),
        about({ type: 'node-exited', incarnation: 1, exit, uptimeMs: 900, success: false })
      ],
      ready
    )
    expect(stopping.nodes['api']?.phase).toMatchObject({ phase: 'stopping', receipt: 7, reason })
    expect(stopping.nodes['api']?.lastExit).toMatchObject({ signal: 'SIGTERM', uptimeMs: 900 })

    const budget = { uses: 1, limit: 4, refillsAt: 'later' }
    const backing = fold([about({ type: 'node-backing-off', delayMs: 7000, until: 'then', budget })], stopping)
    expect(backing.nodes['api']).toMatchObject({
      phase: { phase: 'backing-off', delayMs: 7000 },
      sample: undefined,
      budget,
      cpuHistory: [5]
    })

    const again = fold(
      [
        about({ type: 'node-starting', incarnation: 2 }),
        about({ type: 'node-started', incarnation: 2, leader, containment: 'cgroup', epoch: 0 })
      ],
      backing
    )
    expect(again.nodes['api']).toMatchObject({ incarnation: 2, restarts: 1, ledger: [] })
    expect(started.nodes['api']?.restarts).toBe(0)
  })

  it('shows a hot edit where the limit is shown, and the budget with its new limit', () => {
    const source = { kind: 'hot-edit', at: 'now' } as const
    const edited = fold(
      [
        about({ type: 'limit-changed', field: 'memory', from: 1, to: 77, source }),
        about({ type: 'limit-changed', field: 'respawnLimit', from: 4, to: 9, source })
      ],
      two
    )
    expect(edited.nodes['api']?.description.limits.memory).toEqual({ value: 77, source })
    expect(edited.nodes['api']?.description.respawn.limit).toEqual({ value: 9, source })
    expect(edited.nodes['api']?.budget.limit).toBe(9)
  })

  it('replaces an open receipt when it is closed', () => {
    const open: Receipt = { ...sampled(receipt), id: 3, closedAt: undefined, next: undefined }
    const next = { kind: 'respawn', delayMs: 7000, usesLeft: 2 } as const
    const closed: Receipt = { ...open, closedAt: 'then', durationMs: 400, next }
    const state = fold([event({ type: 'receipt-opened', receipt: open }), event({ type: 'receipt-closed', receipt: closed })])
    expect(state.receipts).toEqual([closed])
    expect(selectReceipt(3)(state)).toBe(state.receipts[0])
  })
})

describe('the store and the session', () => {
  it('tells readers of changes only, until they leave', () => {
    const store = createStore(RUN)
    let calls = 0
    const leave = store.subscribe(() => {
      calls += 1
    })
    store.dispatch(added('api', 'worker'))
    store.dispatch(event({ type: 'output', stream: 'stdout', line: 'x' }, { node: 'api' }))
    expect(calls).toBe(1)
    leave()
    store.dispatch(added('b', 'extension'))
    expect(calls).toBe(1)
    expect(createStore(RUN).getState().order).toEqual([])
  })

  it('gives the interface the store, the executor and the rings', async () => {
    const store = createStore(RUN)
    const window = { lines: [], dropped: 3 }
    const asked: unknown[] = []
    const session = createLocalSession(
      store,
      async (command) => {
        asked.push(command)
        return { ok: false, error: { code: 'unknown-node', message: 'no such node' } }
      },
      async () => ({ ok: false, error: { code: 'unsupported', message: 'nobody asks' } }),
      { window: () => window, subscribe: () => () => undefined }
    )
    expect(await session.send({ type: 'stop', node: 'api', by: 'key' })).toMatchObject({ ok: false, error: { code: 'unknown-node' } })
    expect(asked).toEqual([{ type: 'stop', node: 'api', by: 'key' }])
    expect(session.logs('api')).toBe(window)
    expect(session.getState()).toBe(store.getState())
  })
})

function sampledEntry() {
  const entries = fc.sample(receipt, { numRuns: 50, seed: 7 }).flatMap(({ window }) => window)
  const [entry] = entries
  if (entry === undefined) throw new Error('no ledger entry among 50 receipts')
  return entry
}
