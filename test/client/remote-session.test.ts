import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createControlClient } from '../../src/client/control/control-client.ts'
import { unixTransport } from '../../src/client/control/transport.ts'
import { createRemoteSession, type RemoteSession } from '../../src/client/remote-session.ts'
import { createSystemClock } from '../../src/core/clock.ts'
import { describedNode, fakeProcess } from '../helpers/fake-session.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { type Misbehaviour, type StandIn, startStandIn } from './control-stand-in.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function standIn(misbehave: Misbehaviour = {}): Promise<StandIn> {
  const folder = mkdtempSync(join(tmpdir(), 'tsupervise-session-'))
  closers.push(() => rmSync(folder, { recursive: true, force: true }))
  const server = await startStandIn(join(folder, 'web.sock'), misbehave)
  closers.push(() => server.close())
  return server
}

function sessionOf(server: StandIn): RemoteSession {
  const clock = createSystemClock()
  const session = createRemoteSession({ client: createControlClient(unixTransport(server.path, 'web'), clock), clock })
  closers.push(() => session.close())
  return session
}

const standing = (session: RemoteSession) => session.links()[0].standing

function startApi(server: StandIn): void {
  server.emit({ type: 'node-added', description: describedNode('api') })
  server.emit(
    { type: 'node-started', incarnation: 1, leader: { pid: 4211, startTime: 99 }, containment: 'cgroup', epoch: 0 },
    { node: 'api' }
  )
}

const streamRequests = (server: StandIn) => server.requests.filter((request) => request.includes('/v1/events/stream')).length

test('folds the events of the supervisor to the very state that it has itself', async () => {
  const server = await standIn()
  startApi(server)
  const session = sessionOf(server)
  expect((await session.first).ok).toBe(true)
  for (let round = 0; round < 200; round++) {
    const processes = [{ ...fakeProcess(4211), cpuPercent: round }]
    server.emit({ type: 'refreshed', samples: [{ node: 'api', cpuPercent: round, cpuSource: 'stat', rssBytes: round, processes }] })
    server.emit({ type: 'problem', failure: { code: 'x', message: `problem ${round}` }, next: undefined })
  }
  await waitUntil(() => session.getState().lastSeq === server.store.getState().lastSeq, 'all events')
  expect(session.getState()).toEqual(JSON.parse(JSON.stringify(server.store.getState())))
})

test('a connection that is lost is no death: the state stays, its age is told, and it is resumed without a snapshot', async () => {
  const server = await standIn()
  startApi(server)
  const session = sessionOf(server)
  await session.first
  const before = session.getState()
  expect(standing(session)).toEqual({ kind: 'connected' })
  let told = 0
  session.subscribe(() => {
    told += 1
  })

  await server.leave()
  const lost = await waitUntil(() => {
    const now = standing(session)
    return now.kind === 'lost' && now.detail.includes('does not exist') ? now : undefined
  }, 'attempts that fail')
  expect(told).toBeGreaterThan(0)
  expect(session.getState()).toBe(before)
  expect(session.getState().nodes['api']?.phase).toMatchObject({ phase: 'running', leader: { pid: 4211 } })
  expect(Date.parse(lost.since)).toBeLessThanOrEqual(Date.now())
  expect(await session.send({ type: 'stop', node: 'api', by: 'keyboard' })).toMatchObject({ ok: false, error: { code: 'ENOENT' } })

  server.emit({ type: 'node-stopped', by: 'command' }, { node: 'api' })
  await server.listen()
  await waitUntil(() => standing(session).kind === 'connected', 'the connection again')
  await waitUntil(() => session.getState().nodes['api']?.phase.phase === 'stopped', 'what happened meanwhile')
  // folded onto the old state: what did not change is the same object
  expect(session.getState().run).toBe(before.run)
})

test('what is no longer kept comes as a new snapshot', async () => {
  const server = await standIn()
  startApi(server)
  const session = sessionOf(server)
  await session.first
  server.emit({ type: 'node-ready', detail: '' }, { node: 'api' })
  await waitUntil(() => session.getState().lastSeq === 3, 'the third event')
  const before = session.getState()
  server.forgetBefore(100)
  server.cut()
  await waitUntil(() => session.getState() !== before && standing(session).kind === 'connected', 'a snapshot')
  expect(session.getState().run).not.toBe(before.run)
  expect(session.getState()).toEqual(JSON.parse(JSON.stringify(server.store.getState())))
})

test('the age of a lost connection counts from its loss, through all attempts', async () => {
  const server = await standIn()
  const session = sessionOf(server)
  await session.first
  await server.leave()
  const first = await waitUntil(() => {
    const now = standing(session)
    return now.kind === 'lost' ? now : undefined
  }, 'the loss')
  const later = await waitUntil(() => {
    const now = standing(session)
    return now.kind === 'lost' && now.nextTryAt !== first.nextTryAt ? now : undefined
  }, 'another attempt')
  expect(later.since).toBe(first.since)
})

test.each([
  ['no JSON', 'event: event\ndata: {"type"\n\n'],
  ['no state', 'event: snapshot\ndata: null\n\nevent: event\ndata: {"seq": 99, "type": "node-ready"}\n\n'],
  ['half an event and the end', 'event: event\ndata: {"type": "pro']
])('%s on the stream: a lost connection, and a new snapshot', async (_, bytes) => {
  const server = await standIn()
  startApi(server)
  const session = sessionOf(server)
  await session.first
  const before = streamRequests(server)
  server.write(bytes)
  if (!bytes.endsWith('\n\n')) server.cut()
  await waitUntil(() => streamRequests(server) > before && standing(session).kind === 'connected', 'the next connection')
  await waitUntil(() => session.getState().nodes['api']?.phase.phase === 'running', 'a whole state')
  expect(session.getState()).toEqual(JSON.parse(JSON.stringify(server.store.getState())))
})

test('commands go without who asks, refusals come back with their code', async () => {
  const server = await standIn()
  const session = sessionOf(server)
  await session.first
  expect(await session.send({ type: 'stop', node: 'api', by: 'keyboard' })).toEqual({ ok: true, value: undefined })
  expect(server.sent).toEqual([{ type: 'stop', node: 'api' }])
  server.refuse('no-such-node', 'there is no node nobody')
  expect(await session.send({ type: 'unregister', parent: 1, child: 2, uid: 7, by: 'keyboard' })).toEqual({
    ok: false,
    error: { code: 'no-such-node', message: 'there is no node nobody' }
  })
  expect(server.sent[1]).toEqual({ type: 'unregister', parent: 1, child: 2 })
  expect(await session.ask({ type: 'orphans', from: 0, most: 10 })).toEqual({ ok: true, value: { total: 0, pairs: [] } })
})

test('output is followed once somebody looks, and again after the connection was lost', async () => {
  const server = await standIn()
  server.emit({ type: 'node-added', description: describedNode('api') })
  server.output.append('api', 'stdout', 'first')
  const session = sessionOf(server)
  await session.first
  expect(server.requests.some((request) => request.includes('/logs/'))).toBe(false)
  expect(session.logs('api')).toEqual({ lines: [], dropped: 0 })
  const texts = () => session.logs('api').lines.map(({ text }) => text)
  await waitUntil(() => texts().length === 1, 'the first line')
  const still = session.logs('api')
  expect(session.logs('api')).toBe(still)
  let told = 0
  session.subscribeLogs('api', () => {
    told += 1
  })
  server.output.append('api', 'stderr', 'second \x1b[31m')
  await waitUntil(() => texts().length === 2 && told > 0, 'the second line')
  expect(texts()).toEqual(['first', 'second \x1b[31m'])
  server.cut()
  server.output.append('api', 'stdout', 'third')
  await waitUntil(() => texts().length === 3, 'the third line, and none twice')
})

test('gives up nothing when it is closed: no attempts any more', async () => {
  const server = await standIn()
  const session = sessionOf(server)
  await session.first
  session.close()
  await waitUntil(() => server.streams() === 0, 'the end of the stream')
  const requests = server.requests.length
  await session.send({ type: 'stop', node: 'api', by: 'keyboard' })
  expect(server.requests.length).toBe(requests + 1)
})
