import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { branchIndexOf, graft, ownIdentity } from '../../src/client/branch.ts'
import { composeSessions } from '../../src/client/compose-sessions.ts'
import { failure, success } from '../../src/core/errors.ts'
import type { Ask, Query } from '../../src/core/queries.ts'
import { selectOwner } from '../../src/store.ts'
import { createFakeSession, describedNode, fakeNode, fakePair, fakeProcess, fakeState } from '../helpers/fake-session.ts'

/** Two hosts whose processes have the very same pids and start times, and the same receipts. */
function twins(ask?: (host: string, query: Query) => unknown) {
  const asker = (host: string): Ask =>
    (async (query: Query) => (ask === undefined ? failure('unsupported', 'no') : ask(host, query))) as Ask
  const [a, b] = ['a', 'b'].map((host) => createFakeSession(fakeState(), undefined, asker(host)))
  if (a === undefined || b === undefined) throw new Error('there are two')
  return {
    a,
    b,
    whole: composeSessions([
      { label: 'a', session: a },
      { label: 'b', session: b }
    ])
  }
}

describe('several supervisors in one tree', () => {
  test('a branch each: nodes in the order of the hosts, under their names', () => {
    const { whole } = twins()
    const state = whole.getState()
    expect(state.order).toEqual(['a/api', 'a/indexer', 'a/shipper', 'b/api', 'b/indexer', 'b/shipper'])
    expect(Object.keys(state.nodes)).toEqual(state.order)
    for (const [name, node] of Object.entries(state.nodes)) expect(node.description.name).toBe(name)
    expect(state.nodes['b/indexer']?.description.after).toEqual(['b/api'])
    expect(state.events.map(({ node }) => node)).toContain('b/indexer')
  })

  test('what is alike on two hosts is still not mistaken: a signal goes to the host of its process', async () => {
    const { a, b, whole } = twins()
    const [first, second] = ['a/api', 'b/api'].map((name) => whole.getState().nodes[name]?.sample?.processes[0])
    expect(first?.pid).toBe(second?.pid)
    expect(selectOwner({ pid: 4211, startTime: second?.startTime ?? 0 })(whole.getState())?.description.name).toBe('b/api')
    await whole.send({ type: 'signal', target: { pid: 4211, startTime: second?.startTime ?? 0 }, signal: 'SIGTERM', by: 'keyboard' })
    expect(a.sent).toEqual([])
    expect(b.sent).toEqual([{ type: 'signal', target: { pid: 4211, startTime: 804_211 }, signal: 'SIGTERM', by: 'keyboard' }])
  })

  test('a command about a node goes to its host alone, by the name it has there', async () => {
    const { a, b, whole } = twins()
    await whole.send({ type: 'stop', node: 'b/api', by: 'keyboard' })
    await whole.send({ type: 'set-limit', node: 'a/api', field: 'memory', value: 5, by: 'keyboard' })
    expect(a.sent).toEqual([{ type: 'set-limit', node: 'api', field: 'memory', value: 5, by: 'keyboard' }])
    expect(b.sent).toEqual([{ type: 'stop', node: 'api', by: 'keyboard' }])
  })

  test('orphans are those of each host, even with the very same pids and start times, and each is acted on there', async () => {
    const { a, b, whole } = twins()
    for (const session of [a, b])
      session.update((state) => ({
        ...state,
        orphans: { socket: '/o', armed: 1, acting: 0, parents: 1, refused: 0, pairs: [fakePair(5123, 5100)] }
      }))
    const { orphans } = whole.getState()
    expect(orphans).toMatchObject({ armed: 2, parents: 2 })
    expect(orphans.branches?.map(({ label, orphans: own }) => [label, own.armed, own.pairs.length])).toEqual([
      ['a', 1, 1],
      ['b', 1, 1]
    ])
    const [first, second] = orphans.pairs
    expect(orphans.branches?.map((branch) => branch.orphans.pairs[0])).toEqual([first, second])
    expect(second?.child).not.toEqual(first?.child)
    const start = (pair = second) => ({ parentStart: pair?.parent.startTime ?? 0, childStart: pair?.child.startTime ?? 0 })
    const unregister = { type: 'unregister', parent: 5100, child: 5123, uid: 0, by: 'k' } as const
    expect(await whole.send({ ...unregister, expect: start() })).toEqual(success(undefined))
    if (second === undefined || first === undefined) throw new Error('there are two')
    await whole.send({ type: 'end-orphan', child: first.child, uid: 0, by: 'k' })
    expect(b.sent).toEqual([{ ...unregister, expect: { parentStart: 805_100, childStart: 805_123 } }])
    expect(a.sent).toEqual([{ type: 'end-orphan', child: { pid: 5123, startTime: 805_123 }, uid: 0, by: 'k' }])
    // by numbers alone it could be either, and a pair of two hosts is none
    for (const expected of [undefined, { ...start(), parentStart: start(first).parentStart }])
      expect(await whole.send({ ...unregister, expect: expected })).toMatchObject({ ok: false, error: { code: 'one-at-a-time' } })
    expect(a.sent.length + b.sent.length).toBe(2)
  })

  test('of hosts with many orphans none is left out', () => {
    const { a, b, whole } = twins()
    const many = Array.from({ length: 500 }, (_, index) => fakePair(1000 + index, 900))
    for (const session of [a, b]) session.update((state) => ({ ...state, orphans: { ...state.orphans, armed: 600, pairs: many } }))
    expect(whole.getState().orphans.pairs).toHaveLength(1000)
  })

  test('what is about a whole run, and what names no host, is refused and sent to none', async () => {
    const { a, b, whole } = twins()
    const refusals = await Promise.all([
      whole.send({ type: 'shutdown', force: false, by: 'keyboard' }),
      whole.send({ type: 'reload', by: 'keyboard' }),
      whole.send({ type: 'stop', node: 'api', by: 'keyboard' }),
      whole.send({ type: 'stop', node: 'c/api', by: 'keyboard' }),
      whole.send({ type: 'signal', target: { pid: 1, startTime: 2 ** 50 }, signal: 'SIGTERM', by: 'keyboard' }),
      whole.send({ type: 'unregister', parent: 1, child: 2, uid: 0, by: 'keyboard' })
    ])
    expect(refusals.map((result) => !result.ok && result.error.code)).toEqual([
      'one-at-a-time',
      'one-at-a-time',
      'no-such-branch',
      'no-such-branch',
      'no-such-branch',
      'one-at-a-time'
    ])
    expect([...a.sent, ...b.sent]).toEqual([])
  })

  test('receipts keep apart, and nodes point at their own', () => {
    const { a, b, whole } = twins()
    for (const session of [a, b])
      session.update((state) => {
        const api = state.nodes['api']
        if (api === undefined) throw new Error('no api')
        const phase = { phase: 'stopping', receipt: 7, reason: { kind: 'shutdown', detail: '' }, since: '' } as const
        return { ...state, nodes: { ...state.nodes, api: { ...api, phase } } }
      })
    const state = whole.getState()
    expect(state.receipts.map(({ id, node }) => [id, node]).sort(([a], [b]) => Number(a) - Number(b))).toEqual([
      [6, 'a/shipper'],
      [7, 'a/indexer'],
      [1_000_006, 'b/shipper'],
      [1_000_007, 'b/indexer']
    ])
    expect(state.nodes['b/api']?.phase).toMatchObject({ receipt: 1_000_007 })
  })

  test('what did not change keeps its identity', () => {
    const { a, whole } = twins()
    const before = whole.getState()
    expect(whole.getState()).toBe(before)
    a.update((state) => ({
      ...state,
      nodes: { ...state.nodes, extra: fakeNode(describedNode('extra')) },
      order: [...state.order, 'extra']
    }))
    const after = whole.getState()
    expect(after.nodes['a/extra']).toBeDefined()
    expect(after.nodes['b/api']).toBe(before.nodes['b/api'])
    expect(after.events[0]).toBe(before.events[0])
  })

  test('readers hear of every branch until they leave; output and links are those of the branch', () => {
    const { a, b, whole } = twins()
    let told = 0
    const unsubscribe = whole.subscribe(() => {
      told += 1
    })
    a.update((state) => ({ ...state }))
    b.update((state) => ({ ...state }))
    expect(told).toBe(2)
    unsubscribe()
    b.update((state) => ({ ...state }))
    expect(told).toBe(2)
    b.write('api', 'from b')
    expect(whole.logs('b/api').lines.map(({ text }) => text)).toEqual(['from b'])
    expect(whole.logs('a/api').lines).toEqual([])
    expect(whole.logs('nowhere').lines).toEqual([])
  })
})

describe('questions to several', () => {
  const brief = (pid: number) => ({ pid, startTime: 10, ppid: 1, uid: 0, comm: 'sh', command: 'sh' })

  test('processes of all, each with its host; a pair is registered where both are', async () => {
    const { a, b, whole } = twins((host, query) => {
      if (query.type === 'find-processes') return success([brief(5)])
      if (query.type !== 'preview-pair') return failure('unsupported', 'no')
      const here = host === 'b' ? brief(query.child) : undefined
      return success({ parent: brief(query.parent), child: here, text: 'would end', refused: here === undefined })
    })
    const found = await whole.ask({ type: 'find-processes', text: 'sh', most: 10 })
    expect(found.ok && found.value.map(({ command, startTime }) => [command, branchIndexOf(startTime)])).toEqual([
      ['a: sh', 0],
      ['b: sh', 1]
    ])
    const preview = await whole.ask({ type: 'preview-pair', parent: 1, child: 2, uid: 0 })
    expect(preview).toMatchObject({ ok: true, value: { text: 'b: would end' } })
    const expected = preview.ok
      ? { parentStart: preview.value.parent?.startTime ?? 0, childStart: preview.value.child?.startTime ?? 0 }
      : undefined
    const register = {
      type: 'register',
      parent: 1,
      child: 2,
      signal: undefined,
      graceMs: undefined,
      scope: undefined,
      uid: 0,
      by: 'k'
    } as const
    expect(await whole.send({ ...register, expect: expected })).toEqual(success(undefined))
    expect(a.sent).toEqual([])
    expect(b.sent).toMatchObject([{ expect: { parentStart: 10, childStart: 10 } }])
    expect(await whole.send({ ...register, expect: undefined })).toMatchObject({ ok: false, error: { code: 'one-at-a-time' } })
  })

  test('a pair that could be meant on two hosts is refused', async () => {
    const { whole } = twins((_, query) =>
      query.type === 'preview-pair' ? success({ parent: brief(1), child: brief(2), text: 'would end', refused: false }) : failure('x', 'x')
    )
    expect(await whole.ask({ type: 'preview-pair', parent: 1, child: 2, uid: 0 })).toMatchObject({
      ok: true,
      value: { refused: true, text: 'there are such two processes on a, b: attach to one alone' }
    })
  })

  test('pages of pairs run over the hosts one after the other', async () => {
    const pairs: Readonly<Record<string, number>> = { a: 3, b: 4 }
    const { whole } = twins((host, query) => {
      if (query.type !== 'orphans') return failure('x', 'x')
      const all = Array.from({ length: pairs[host] ?? 0 }, (_, index) => ({ child: { pid: index, startTime: 1 }, host }))
      return success({ total: all.length, pairs: all.slice(query.from, query.from + query.most) })
    })
    const whole7 = await whole.ask({ type: 'orphans', from: 0, most: 100 })
    if (!whole7.ok) throw new Error(whole7.error.message)
    for (let from = 0; from <= 7; from++)
      for (let most = 0; most <= 8; most++) {
        const page = await whole.ask({ type: 'orphans', from, most })
        expect(page).toEqual(success({ total: 7, pairs: whole7.value.pairs.slice(from, from + most) }))
      }
  })
})

test('a process is found again on its own host, whatever its start time', () => {
  const start = fc.nat({ max: 2 ** 43 })
  fc.assert(
    fc.property(fc.nat({ max: 511 }), fc.nat(), start, (index, pid, startTime) => {
      const grafted = graft({ ...fakeProcess(pid), startTime }, { label: 'x', index })
      expect(branchIndexOf(grafted.startTime)).toBe(index)
      expect(ownIdentity(grafted)).toEqual({ pid, startTime })
    })
  )
})
