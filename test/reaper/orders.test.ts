import { copyFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { OrphanCommand } from '../../src/core/commands.ts'
import type { Identity } from '../../src/core/process/identity.ts'
import { needsOwnUid } from '../helpers/own-uid.ts'
import { isAlive, killIdentity } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { REGISTER, Reaping } from './reaping.ts'

needsOwnUid()

const ANNA = 23_401
const BERT = 23_402
const OWN = process.getuid?.() ?? 0
const isRoot = OWN === 0

let reaping: Reaping
beforeEach(() => {
  reaping = new Reaping()
})
afterEach(() => reaping.dispose())

type Register = Extract<OrphanCommand, { type: 'register' }>

const give = (command: OrphanCommand) => {
  if (reaping.reaper === undefined) throw new Error('no reaper')
  return reaping.reaper.execute(command)
}

const register = (parent: Identity, child: Identity, more: Partial<Register> = {}) =>
  give({
    type: 'register',
    parent: parent.pid,
    child: child.pid,
    expect: undefined,
    signal: undefined,
    graceMs: undefined,
    scope: undefined,
    uid: OWN,
    by: 'the test',
    ...more
  })

const unregister = (parent: Identity, child: Identity, uid = OWN) =>
  give({ type: 'unregister', parent: parent.pid, child: child.pid, uid, by: 'the test' })

const end = (child: Identity, uid = OWN) => give({ type: 'end-orphan', child, uid, by: 'the test' })

const pairs = () => reaping.reaper?.list({ type: 'orphans', from: 0, most: 100 }).pairs ?? []

const DONE = { ok: true }
const refusedWith = (code: string) => ({ ok: false, error: { code } })

describe('register', () => {
  test('with terms of its own, which the ladder and the receipt follow; without, with those of the settings', async () => {
    await reaping.start({ policy: { signal: 'SIGTERM', graceMs: 5000, scope: 'tree', mode: 'act' } })
    const [own, plain] = [await reaping.family(), await reaping.family()]
    expect(register(own.parent, own.child, { signal: 'SIGKILL', scope: 'child' })).toMatchObject(DONE)
    expect(register(plain.parent, plain.child)).toMatchObject(DONE)
    expect(reaping.of('orphan-registered')).toMatchObject([
      { child: own.child, terms: { signal: 'SIGKILL', graceMs: 5000, scope: 'child' }, by: { uid: OWN, pid: 0, command: 'the test' } },
      { child: plain.child, terms: { signal: 'SIGTERM', graceMs: 5000, scope: 'tree' } }
    ])
    killIdentity(own.parent)
    const { receipt } = await reaping.event('orphan-acted')
    expect(receipt.reason).toMatchObject({ kind: 'orphan', terms: { signal: 'SIGKILL', scope: 'child' } })
    expect(receipt.signals.map(({ signal }) => signal)).toEqual(['SIGKILL'])
    killIdentity(plain.parent)
    expect((await reaping.event('orphan-acted', 2)).receipt.signals[0]).toMatchObject({ signal: 'SIGTERM' })
  })

  test('works without any socket', async () => {
    await reaping.start({ listening: undefined, address: undefined })
    const { parent, child } = await reaping.family()
    expect(register(parent, child)).toMatchObject(DONE)
    expect(reaping.of('orphan-socket-opened')).toEqual([])
    killIdentity(parent)
    await waitUntil(() => !isAlive(child), 'the orphan to end')
  })

  test('once more: nothing new; with other terms they take the place of the old ones', async () => {
    await reaping.start()
    const { parent, child } = await reaping.family()
    for (let round = 0; round < 2; round++) expect(register(parent, child)).toMatchObject(DONE)
    expect(reaping.of('orphan-registered')).toHaveLength(1)
    expect(register(parent, child, { graceMs: 77 })).toMatchObject(DONE)
    expect(pairs()).toMatchObject([{ child, graceMs: 77, signal: 'SIGTERM' }])
    // the wire protocol has no terms to say
    await reaping.send(parent.pid, child.pid, REGISTER)
    expect(pairs()).toMatchObject([{ graceMs: 77 }])
    killIdentity(parent)
    expect((await reaping.event('orphan-acted')).receipt.reason).toMatchObject({ terms: { graceMs: 77 } })
    expect(reaping.of('orphan-acted')).toHaveLength(1)
  })

  test('of processes that are others by now is refused; of a parent that is gone it acts at once', async () => {
    await reaping.start()
    const { parent, child } = await reaping.family()
    const [parentStart, childStart] = [parent.startTime, child.startTime]
    const another = refusedWith('another-process')
    expect(register(parent, child, { expect: { parentStart: parentStart - 1, childStart } })).toMatchObject(another)
    expect(register(parent, child, { expect: { parentStart, childStart: childStart - 1 } })).toMatchObject(another)
    expect(reaping.of('orphan-refused').map(({ reason, child: pid }) => [reason, pid])).toEqual(
      Array(2).fill(['another-process', child.pid])
    )
    expect(pairs()).toEqual([])
    expect(register(parent, child, { expect: { parentStart, childStart } })).toMatchObject(DONE)
    expect(register(parent, child, { expect: { parentStart, childStart: childStart - 1 } })).toMatchObject(another)
    const other = await reaping.family()
    killIdentity(other.parent)
    await waitUntil(() => !isAlive(other.parent), 'the parent to end')
    register(other.parent, other.child, { expect: { parentStart: other.parent.startTime, childStart: other.child.startTime } })
    await waitUntil(() => !isAlive(other.child), 'the orphan to end')
    expect(isAlive(child)).toBe(true)
  })

  test.each([
    ['a signal that there is not', { signal: 'SIGNONE' as NodeJS.Signals }],
    ['a signal that ends nothing', { signal: 'SIGSTOP' as const }],
    ['a grace below nothing', { graceMs: -1 }],
    ['a grace that is no number', { graceMs: Number.NaN }],
    ['a scope that there is not', { scope: 'all' as 'tree' }]
  ])('with %s is refused', async (_, more) => {
    await reaping.start()
    const { parent, child } = await reaping.family()
    expect(register(parent, child, more)).toMatchObject(refusedWith('invalid'))
    expect(pairs()).toEqual([])
  })

  test('of what is no process is refused', async () => {
    await reaping.start()
    const { parent, child } = await reaping.family()
    const nonsense = refusedWith('not-a-process')
    for (const pid of [-1, 0, 1.5, Number.NaN, 2 ** 40]) {
      expect(register({ ...parent, pid }, child)).toMatchObject(nonsense)
      expect(register(parent, { ...child, pid })).toMatchObject(nonsense)
    }
    expect(register(parent, { ...child, pid: 1 })).toMatchObject(refusedWith('init'))
    expect(register(parent, { ...child, pid: process.pid })).toMatchObject(refusedWith('supervisor'))
  })

  test('keeps its terms over a kill of the supervisor', async () => {
    await reaping.start()
    const { parent, child } = await reaping.family()
    register(parent, child, { signal: 'SIGINT', graceMs: 33, scope: 'child' })
    copyFileSync(reaping.journal, `${reaping.journal}2`)
    await reaping.close()
    await reaping.start({ journalPath: `${reaping.journal}2` })
    expect(pairs()).toMatchObject([{ parent, child, signal: 'SIGINT', graceMs: 33, scope: 'child', uid: OWN }])
    expect(reaping.of('orphan-noted')).toMatchObject([{ pair: { child, childCommand: 'sleep 1000' } }])
  })
})

describe('authority', () => {
  const familyOf = (uid: number) => reaping.family(undefined, { uid, gid: uid, cwd: '/' })

  test("nobody registers another user's process, whoever runs the supervisor", async () => {
    await reaping.start()
    const { parent, child } = await reaping.family()
    expect(register(parent, child, { uid: BERT })).toMatchObject(refusedWith('other-user'))
    expect(register(parent, child, { uid: 65_534 })).toMatchObject(refusedWith('overflow-uid'))
    expect(reaping.of('orphan-refused').map(({ by }) => by.uid)).toEqual([BERT, 65_534])
  })

  test.skipIf(!isRoot)('two users of a supervisor of root (needs root to be several)', async () => {
    await reaping.start()
    const annas = await familyOf(ANNA)
    expect(register(annas.parent, annas.child, { uid: BERT })).toMatchObject(refusedWith('other-user'))
    expect(register(annas.parent, annas.child, { uid: ANNA })).toMatchObject(DONE)
    expect(unregister(annas.parent, annas.child, BERT)).toMatchObject(refusedWith('other-registrant'))
    expect(end(annas.child, BERT)).toMatchObject(refusedWith('other-registrant'))
    expect(end(annas.child, 65_534)).toMatchObject(refusedWith('overflow-uid'))
    expect(unregister(annas.parent, annas.child, ANNA)).toMatchObject(DONE)
    expect(register(annas.parent, annas.child, { uid: ANNA })).toMatchObject(DONE)
    expect(isAlive(annas.child)).toBe(true)
    // root may end it for Anna, and the receipt says for whom
    expect(end(annas.child, 0)).toMatchObject(DONE)
    expect((await reaping.event('orphan-acted')).receipt.reason).toMatchObject({ uids: [ANNA] })
    expect(isAlive(annas.child)).toBe(false)
  })

  test.skipIf(!isRoot)("root's terms before those of others (needs root to be several)", async () => {
    await reaping.start()
    const { parent, child } = await familyOf(ANNA)
    register(parent, child, { uid: ANNA, signal: 'SIGINT', graceMs: 60_000 })
    register(parent, child, { uid: 0, signal: 'SIGKILL' })
    killIdentity(parent)
    expect((await reaping.event('orphan-acted')).receipt.reason).toMatchObject({ uids: [ANNA, 0], terms: { signal: 'SIGKILL' } })
  })
})

describe('end-orphan', () => {
  test('ends the child of a parent that lives, once', async () => {
    await reaping.start()
    const { parent, child } = await reaping.family()
    expect(end(child)).toMatchObject(refusedWith('not-registered'))
    register(parent, child)
    expect(end({ ...child, startTime: child.startTime - 1 })).toMatchObject(refusedWith('not-registered'))
    expect(end(child)).toMatchObject(DONE)
    expect(end(child)).toMatchObject(refusedWith('acting'))
    expect(unregister(parent, child)).toMatchObject(refusedWith('acting'))
    expect(pairs()).toMatchObject([{ standing: { kind: 'acting', receipt: 1 } }])
    const acted = await reaping.event('orphan-acted')
    expect(acted).toMatchObject({ outcome: 'ended', receipt: { id: 1, reason: { parent } } })
    expect(acted.receipt.reason).toMatchObject({ detail: expect.stringContaining('asked for by the test') })
    expect([isAlive(child), isAlive(parent)]).toEqual([false, true])
    expect(pairs()).toEqual([])
  })

  test('in a dry run signals nothing, and the pair stays', async () => {
    await reaping.start({ policy: { signal: 'SIGTERM', graceMs: 50, scope: 'tree', mode: 'observe' } })
    const { parent, child } = await reaping.family()
    register(parent, child)
    expect(end(child)).toMatchObject(DONE)
    expect(await reaping.event('orphan-acted')).toMatchObject({ outcome: 'observed', held: { armed: 1, acting: 0 } })
    expect(isAlive(child)).toBe(true)
    expect(pairs()).toMatchObject([{ child, standing: { kind: 'armed' } }])
  })
})

test('unregister: only the pair that was meant, where that is said', async () => {
  await reaping.start()
  const { parent, child } = await reaping.family()
  register(parent, child)
  const pinned = (parentStart: number, childStart: number) =>
    give({ type: 'unregister', parent: parent.pid, child: child.pid, expect: { parentStart, childStart }, uid: OWN, by: 'the test' })
  for (const [p, c] of [
    [parent.startTime, child.startTime + 1],
    [parent.startTime + 1, child.startTime]
  ] as const)
    expect(pinned(p, c)).toMatchObject(refusedWith('another-process'))
  expect(pairs()).toMatchObject([{ child }])
  expect(pinned(parent.startTime, child.startTime)).toMatchObject(DONE)
  expect(pairs()).toEqual([])
  expect(pinned(parent.startTime, child.startTime)).toMatchObject(refusedWith('not-registered'))
})

test('unregister: the child outlives its parent', async () => {
  await reaping.start()
  const { parent, child } = await reaping.family()
  register(parent, child)
  expect(unregister(parent, child)).toMatchObject(DONE)
  expect(unregister(parent, child)).toMatchObject(refusedWith('not-registered'))
  killIdentity(parent)
  const control = await reaping.family()
  register(control.parent, control.child)
  killIdentity(control.parent)
  await waitUntil(() => !isAlive(control.child), 'the control to end')
  expect(isAlive(child)).toBe(true)
})
