import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { libc } from '../../src/core/linux/libc.ts'
import type { Identity } from '../../src/core/process/identity.ts'
import { encodeMessage } from '../../src/core/reaper/protocol.ts'
import { needsOwnUid } from '../helpers/own-uid.ts'
import { isAlive, killIdentity } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { PING, REGISTER, Reaping, readBytes } from './reaping.ts'

needsOwnUid()

let reaping: Reaping
beforeEach(() => {
  reaping = new Reaping()
})
afterEach(() => reaping.dispose())

const ping = (parent = 1): Buffer => encodeMessage({ parent, child: 0xffffffff, code: PING })

test('a client of another language: ping, register, death', async () => {
  await reaping.start()
  const client = await reaping.script()
  expect(await client.order('ping')).toBe('pong')
  const { parent, child } = await reaping.family()
  await client.send(parent.pid, child.pid, REGISTER)
  expect(await reaping.event('orphan-registered')).toMatchObject({
    by: { uid: process.getuid?.(), pid: client.pid, command: expect.stringContaining('orphan-client.pl') }
  })
  killIdentity(parent)
  await waitUntil(() => !isAlive(child), 'the child to end')
})

test('split and joined in any way, thousands on one connection, every ping echoed in order', async () => {
  await reaping.start()
  const socket = await reaping.client()
  const all = Buffer.concat(Array.from({ length: 20_000 }, (_, index) => ping(index + 1)))
  const echo = readBytes(socket, all.length)
  for (let at = 0; at < all.length; ) {
    const size = 1 + ((at * 7919) % 5000)
    socket.write(all.subarray(at, at + size))
    at += size
  }
  expect((await echo).equals(all)).toBe(true)
})

test('half a message and then the end; a half-closed client still gets its echo', async () => {
  await reaping.start()
  const half = await reaping.client()
  half.end(Buffer.alloc(7))
  await once(half.resume(), 'close')
  const socket = await reaping.client()
  socket.end(ping(5))
  expect((await readBytes(socket, 12)).equals(ping(5))).toBe(true)
  expect(reaping.told.map(({ type }) => type)).toEqual(['orphan-socket-opened'])
})

test('an unknown action is told with its three numbers, and the connection stays', async () => {
  await reaping.start()
  await reaping.send(11, 22, 33)
  expect(reaping.of('orphan-refused')).toMatchObject([{ action: 'unknown', parent: 11, child: 22, code: 33, untold: 0 }])
})

test('garbage for ever: told at a limited rate, and others are served meanwhile', async () => {
  await reaping.start()
  const garbage = await reaping.client()
  const flood = Buffer.alloc(65_536, 0xa5)
  let stop = false
  const write = (): void => {
    while (!stop && garbage.write(flood));
  }
  garbage.on('drain', write)
  write()
  const startedAt = performance.now()
  for (let round = 0; round < 50; round++) await reaping.send(1, 1, PING)
  await waitUntil(() => reaping.of('orphan-refused').length >= 10, 'refusals')
  const seconds = Math.ceil((performance.now() - startedAt) / 1000) + 1
  expect(reaping.of('orphan-refused').length).toBeLessThanOrEqual(10 * seconds)
  stop = true
  garbage.destroy()
  await waitUntil(async () => {
    await reaping.send(7, 7, 77)
    return reaping.of('orphan-refused').some(({ untold }) => untold > 1000)
  }, 'how many were not told')
})

test('a client that never reads is not read from any more, and costs nothing further', async () => {
  await reaping.start()
  const client = await reaping.script()
  const pings = ping().toString('hex').repeat(2000)
  // perl blocks at last, because nothing takes what it writes
  const orders = Array.from({ length: 100 }, () => `hex ${pings}\n`).join('')
  client.process.stdin?.write(orders)
  await waitUntil(() => client.lines.length > 3, 'some of it to be written')
  let before = -1
  await waitUntil(async () => {
    for (let round = 0; round < 20; round++) await reaping.send(1, 1, PING)
    const stuck = client.lines.length === before
    before = client.lines.length
    return stuck
  }, 'the client to be stuck')
  expect(before).toBeLessThan(60)
  const { parent, child } = await reaping.family()
  await reaping.send(parent.pid, child.pid, REGISTER)
  killIdentity(parent)
  await waitUntil(() => !isAlive(child), 'the child to end')
})

test('10,000 connections at once, all served', async (context) => {
  await reaping.start()
  const client = await reaping.script(['sh', '-c', 'ulimit -n 12000 && exec "$@"', 'sh'])
  client.process.stdin?.write('many 10000\n')
  const opened = Number((await client.line('opened')).split(' ')[1])
  if (opened < 10_000) context.skip(`only ${opened} connections could be opened here`)
  const { parent, child } = await reaping.family()
  await client.send(parent.pid, child.pid, REGISTER)
  await reaping.send(1, 1, PING)
  killIdentity(parent)
  await waitUntil(() => !isAlive(child), 'the child to end')
  expect(reaping.of('orphan-client-closed')).toEqual([])
})

describe('bounds', () => {
  test('of registrations, in all and of a user', async () => {
    await reaping.start({ bounds: { most: 2, mostOfUser: 1 } })
    const families = await Promise.all([1, 2, 3].map(() => reaping.family()))
    for (const { parent, child } of families) await reaping.send(parent.pid, child.pid, REGISTER)
    const isRoot = process.getuid?.() === 0
    expect(reaping.of('orphan-registered')).toHaveLength(isRoot ? 2 : 1)
    expect(reaping.of('orphan-refused').at(-1)).toMatchObject({ reason: isRoot ? 'full' : 'user-full' })
  })

  test('of descriptors: what gets no pidfd is swept, and a connection too many is closed', async () => {
    const { createDescriptorBudget } = await import('../../src/core/linux/descriptors.ts')
    // 64 are kept back
    const budget = createDescriptorBudget(64 + 4)
    await reaping.start({ budget })
    const families = await Promise.all([1, 2, 3].map(() => reaping.family()))
    for (const { parent, child } of families) await reaping.send(parent.pid, child.pid, REGISTER).catch(() => undefined)
    const registered = reaping.of('orphan-registered').map(({ deaths }) => deaths)
    if (libc() !== undefined) expect(registered[0]).toBe('events')
    expect(reaping.of('orphan-client-closed').length + registered.filter((how) => how === 'sweep').length).toBeGreaterThan(0)
    expect(budget.used).toBeLessThanOrEqual(budget.limit)
  })
})

test.skipIf(libc() === undefined)('an abstract name', async () => {
  await reaping.dispose()
  reaping = new Reaping(`@tsupervise-clients-${process.pid}`)
  await reaping.start()
  const client = await reaping.script()
  expect(await client.order('ping')).toBe('pong')
})

describe('the journal', () => {
  const restart = async (): Promise<void> => {
    // as after a kill: another reaper on the file of the one that is still there
    const { Reaping: Another } = await import('./reaping.ts')
    second = new Another(`${reaping.address}2`)
    await second.start({ journalPath: reaping.journal })
  }
  let second: Reaping | undefined
  afterEach(async () => {
    await second?.dispose()
    second = undefined
  })

  test('a recorded child with another start time is never signalled, nor kept (scenario 24)', async () => {
    const { writeFileSync, readFileSync } = await import('node:fs')
    const { encodeRecord } = await import('../../src/core/reaper/journal-records.ts')
    const { bootId, pidNamespace } = await import('../../src/core/process/proc-reader.ts')
    const [forged, genuine] = [await reaping.family(), await reaping.family()]
    const added = (parent: Identity, child: Identity): string =>
      encodeRecord({
        kind: 'added',
        pair: { parent, child, uid: process.getuid?.() ?? 0, terms: { signal: 'SIGKILL', graceMs: 0, scope: 'tree' }, since: 1 }
      })
    const head = encodeRecord({ kind: 'head', boot: bootId(), pidNamespace: pidNamespace() })
    const older = { pid: forged.child.pid, startTime: forged.child.startTime - 1 }
    writeFileSync(reaping.journal, head + added(forged.parent, older) + added(genuine.parent, genuine.child))
    for (const { parent } of [forged, genuine]) killIdentity(parent)
    await reaping.start()
    await waitUntil(() => !isAlive(genuine.child), 'the genuine one to end')
    expect(isAlive(forged.child)).toBe(true)
    await reaping.close()
    expect(reaping.of('orphan-acted')).toHaveLength(1)
    expect(existsSync(reaping.journal) && readFileSync(reaping.journal, 'latin1').includes(`${forged.child.pid}`)).toBe(false)
  })

  test('what a ping confirmed is taken up; a parent that died meanwhile acts at once', async () => {
    await reaping.start()
    const [lives, dead] = [await reaping.family(), await reaping.family()]
    for (const { parent, child } of [lives, dead]) await reaping.send(parent.pid, child.pid, REGISTER)
    // the first reaper hears of nothing any more, without having written anything
    const copy = await import('node:fs')
    const bytes = copy.readFileSync(reaping.journal)
    await reaping.close()
    copy.writeFileSync(reaping.journal, bytes)
    killIdentity(dead.parent)
    await waitUntil(() => !isAlive(dead.parent), 'the parent to end')
    expect(isAlive(dead.child)).toBe(true)
    await restart()
    expect(second?.of('orphan-socket-opened')).toMatchObject([{ restored: 2 }])
    await waitUntil(() => !isAlive(dead.child), 'the orphan to end')
    expect(isAlive(lives.child)).toBe(true)
    killIdentity(lives.parent)
    await waitUntil(() => !isAlive(lives.child), 'the other orphan to end')
  })
})
