import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { createControlClient } from '../../src/client/control/control-client.ts'
import { unixTransport } from '../../src/client/control/transport.ts'
import { createRemoteSession } from '../../src/client/remote-session.ts'
import { createSystemClock } from '../../src/core/clock.ts'
import type { Command, CommandResult } from '../../src/core/commands.ts'
import { createControl } from '../../src/core/control/control.ts'
import { failure, success } from '../../src/core/errors.ts'
import type { EventBody, EventSubject, SupervisorEvent } from '../../src/core/events.ts'
import { createOutputRings } from '../../src/core/output/rings.ts'
import type { Ask, Query } from '../../src/core/queries.ts'
import { createLocalSession } from '../../src/local-session.ts'
import type { Session } from '../../src/session.ts'
import { createStore, selectNode, selectNodes } from '../../src/store.ts'
import { anyEvent } from '../helpers/arbitrary-events.ts'
import { describedNode, fakeProcess, fakeReceipt } from '../helpers/fake-session.ts'
import { waitUntil } from '../helpers/wait-until.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A supervisor without processes: its store, output and executor, and what they were asked. */
function world() {
  const clock = createSystemClock()
  const store = createStore({ name: 'web', host: 'web-01', version: '1', pid: 1, intervalMs: 3000 })
  const output = createOutputRings(clock)
  const executed: Command[] = []
  const asked: Query[] = []
  const readers = new Set<(event: SupervisorEvent) => void>()
  let seq = 0
  const emit = (body: EventBody, subject: EventSubject = {}): void =>
    take({ ...body, ...subject, seq: seq + 1, host: 'web-01', boot: 'boot', time: new Date().toISOString(), mono: clock.now() })
  const take = (event: SupervisorEvent): void => {
    seq = event.seq
    store.dispatch(event)
    for (const read of readers) read(event)
  }
  const execute = async (command: Command): Promise<CommandResult> => {
    executed.push(command)
    return 'node' in command && command.node === 'nobody' ? failure('no-such-node', 'there is no node nobody') : success(undefined)
  }
  const ask = (async (query: Query) => {
    asked.push(query)
    return query.type === 'orphans' ? success({ total: 0, pairs: [] }) : failure('unsupported', 'cannot be answered here')
  }) as Ask
  const read = (reader: (event: SupervisorEvent) => void) => {
    readers.add(reader)
    return () => readers.delete(reader)
  }
  return { clock, store, output, execute, ask, emit, take, read, executed, asked }
}

type World = ReturnType<typeof world>

const local = async ({ store, execute, ask, output }: World): Promise<Session> => createLocalSession(store, execute, ask, output)

/** Over a real control server and a socket. */
async function remote({ clock, store, execute, ask, output, read }: World): Promise<Session> {
  const folder = mkdtempSync(join(tmpdir(), 'tsupervise-same-'))
  closers.push(() => rmSync(folder, { recursive: true, force: true }))
  const control = createControl(
    {
      clock,
      runId: 'run',
      facts: () => ({ name: 'web', version: '1', pid: 1, host: 'web-01', user: 'root', startedAt: '' }),
      views: {
        state: store.getState,
        lastSeq: () => store.getState().lastSeq,
        nodes: () => selectNodes(store.getState()),
        node: (name) => selectNode(name)(store.getState()),
        receipts: () => store.getState().receipts,
        events: () => store.getState().events
      },
      history: { events: async () => failure('no-history', 'none'), receipts: async () => failure('no-history', 'none') },
      execute,
      ask,
      read,
      standing: () => undefined,
      logs: output.window,
      subscribeLogs: output.subscribe,
      metrics: async () => ({ type: 'text/plain', text: '' }),
      isStopping: () => false
    },
    {
      identify: () => ({ uid: process.geteuid?.() ?? 0, by: 'the test', standing: 'owner' }),
      groupMay: () => 'read',
      onBug: (error) => {
        throw error
      }
    }
  )
  const path = join(folder, 'web.sock')
  await new Promise<void>((resolve) => control.server.listen({ path }, resolve))
  const session = createRemoteSession({ client: createControlClient(unixTransport(path, 'web'), clock), clock })
  closers.push(async () => {
    session.close()
    control.close()
    control.server.closeAllConnections()
    await new Promise((resolve) => control.server.close(resolve))
  })
  expect(await session.first).toEqual(success(undefined))
  return session
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

/** Until what the session shows has caught up with the supervisor. */
const settled = ({ store }: World, session: Session) =>
  waitUntil(
    () => session.getState().lastSeq === store.getState().lastSeq,
    () => `event ${store.getState().lastSeq}; the session is at ${session.getState().lastSeq}`
  )

describe.each([
  ['in the same process', local],
  ['over the control socket', remote]
])('a session %s', (_, open) => {
  test('shows nodes, samples, receipts and problems as they come, and tells its readers', async () => {
    const it = world()
    it.emit({ type: 'node-added', description: describedNode('before') })
    const session = await open(it)
    let told = 0
    const unsubscribe = session.subscribe(() => {
      told += 1
    })
    it.emit({ type: 'node-added', description: describedNode('api', { kind: 'worker' }) })
    it.emit({ type: 'node-started', incarnation: 1, leader: { pid: 7, startTime: 9 }, containment: 'group', epoch: 0 }, { node: 'api' })
    it.emit({ type: 'refreshed', samples: [{ node: 'api', cpuPercent: 3, cpuSource: 'stat', rssBytes: 4, processes: [fakeProcess(7)] }] })
    it.emit({ type: 'receipt-closed', receipt: fakeReceipt(3) }, { node: 'api' })
    it.emit({ type: 'problem', failure: { code: 'ENOSPC', message: 'full' }, next: undefined })
    await settled(it, session)
    expect(told).toBeGreaterThan(0)
    const state = session.getState()
    expect(state.order).toEqual(['api', 'before'])
    expect(state.nodes['api']?.phase).toMatchObject({ phase: 'running', leader: { pid: 7 } })
    expect(state.nodes['api']?.sample?.processes[0]?.pid).toBe(7)
    expect(state.receipts.map(({ id }) => id)).toEqual([3])
    expect(state.problems).toHaveLength(1)
    expect(plain(state)).toEqual(plain(it.store.getState()))
    unsubscribe()
    const before = told
    it.emit({ type: 'node-removed' }, { node: 'before' })
    await settled(it, session)
    expect(told).toBe(before)
    expect(session.getState()).not.toBe(state)
    expect(session.getState().nodes['api']).toBe(state.nodes['api'])
  })

  test('sends commands and gives back what was said', async () => {
    const it = world()
    const session = await open(it)
    expect(await session.send({ type: 'set-limit', node: 'api', field: 'memory', value: 5, by: 'keyboard' })).toEqual(success(undefined))
    expect(it.executed).toMatchObject([{ type: 'set-limit', node: 'api', field: 'memory', value: 5 }])
    expect(await session.send({ type: 'stop', node: 'nobody', by: 'keyboard' })).toMatchObject({
      ok: false,
      error: { code: 'no-such-node', message: expect.stringContaining('there is no node nobody') }
    })
    const target = { pid: 7, startTime: 9 }
    await session.send({ type: 'signal', target, signal: 'SIGHUP', by: 'keyboard' })
    expect(it.executed.at(-1)).toMatchObject({ type: 'signal', target, signal: 'SIGHUP' })
  })

  test('asks', async () => {
    const it = world()
    const session = await open(it)
    expect(await session.ask({ type: 'orphans', from: 0, most: 5 })).toEqual(success({ total: 0, pairs: [] }))
    expect(await session.ask({ type: 'reload-difference' })).toMatchObject({ ok: false, error: { code: 'unsupported' } })
    expect(it.asked.map(({ type }) => type)).toEqual(['orphans', 'reload-difference'])
  })

  test('follows output, both streams in their order, raw', async () => {
    const it = world()
    it.emit({ type: 'node-added', description: describedNode('api') })
    it.output.append('api', 'stdout', 'before')
    const session = await open(it)
    let told = 0
    const unsubscribe = session.subscribeLogs('api', () => {
      told += 1
    })
    await waitUntil(() => session.logs('api').lines.length === 1, 'what was written before')
    it.output.append('api', 'stderr', '\x1b[31mred')
    it.output.append('api', 'stdout', 'after')
    await waitUntil(() => session.logs('api').lines.length === 3 && told > 0, 'what was written since')
    expect(session.logs('api')).toEqual(it.output.window('api'))
    expect(session.logs('api')).toBe(session.logs('api'))
    expect(session.logs('nobody')).toEqual({ lines: [], dropped: 0 })
    unsubscribe()
  })
})

test('whatever happens, both fold it to the same state', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyEvent, { maxLength: 40 }), async (events) => {
      const it = world()
      const session = await remote(it)
      const start = it.store.getState().lastSeq
      for (const [index, event] of events.entries()) it.take({ ...event, seq: start + index + 1 })
      const last = it.store.getState().lastSeq
      await waitUntil(() => session.getState().lastSeq === last, `event ${last}`)
      expect(plain(session.getState())).toEqual(plain(it.store.getState()))
      for (const close of closers.splice(0).reverse()) await close()
    }),
    { numRuns: 20 }
  )
})
