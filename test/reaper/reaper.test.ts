import { readdirSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { libc } from '../../src/core/linux/libc.ts'
import { needsOwnUid } from '../helpers/own-uid.ts'
import { childrenOf } from '../helpers/proc.ts'
import { identityOf, isAlive, killIdentity, statFields } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { REGISTER, Reaping, UNREGISTER } from './reaping.ts'

needsOwnUid()

const MODES = libc() === undefined ? (['none'] as const) : (['auto', 'none'] as const)

describe.each(MODES)('with pidfds: %s', (pidfds) => {
  let reaping: Reaping
  beforeEach(() => {
    reaping = new Reaping()
  })
  afterEach(() => reaping.dispose())

  test('a registered child ends when its parent dies; one that is not registered stays', async () => {
    await reaping.start({ pidfds })
    const registered = await reaping.family()
    const other = await reaping.family()
    await reaping.send(registered.parent.pid, registered.child.pid, REGISTER)
    expect(await reaping.event('orphan-registered')).toMatchObject({ ...pick(registered), deaths: pidfds === 'auto' ? 'events' : 'sweep' })
    expect(isAlive(registered.child)).toBe(true)
    for (const { parent } of [other, registered]) killIdentity(parent)
    const acted = await reaping.event('orphan-acted')
    expect(acted).toMatchObject({ outcome: 'ended', refused: [], receipt: { node: 'orphan', leader: registered.child, survivors: [] } })
    expect(acted.receipt.reason).toMatchObject({ kind: 'orphan', parent: registered.parent, uids: [process.getuid?.()] })
    expect(acted.receipt.signals[0]).toMatchObject({ signal: 'SIGTERM', pid: registered.child.pid, outcome: 'sent' })
    expect(acted.receipt.signals.map(({ signal }) => signal)).not.toContain('SIGKILL')
    expect(isAlive(registered.child)).toBe(false)
    expect(isAlive(other.child)).toBe(true)
  })

  test('a parent that is gone already: at once', async () => {
    await reaping.start({ pidfds, intervalMs: 60_000 })
    const { parent, child } = await reaping.family()
    killIdentity(parent)
    await waitUntil(() => statFields(parent.pid) === undefined, 'the parent to be reaped')
    await reaping.send(parent.pid, child.pid, REGISTER)
    await waitUntil(() => !isAlive(child), 'the child to end')
    expect(await reaping.event('orphan-acted')).toMatchObject({ outcome: 'ended' })
  })

  test('several parents: the first death acts', async () => {
    await reaping.start({ pidfds })
    const { parent, child } = await reaping.family()
    const other = await reaping.family()
    await reaping.send(parent.pid, child.pid, REGISTER)
    await reaping.send(other.parent.pid, child.pid, REGISTER)
    killIdentity(other.parent)
    await reaping.event('orphan-acted')
    expect(isAlive(child)).toBe(false)
    expect(isAlive(parent)).toBe(true)
  })

  test('an unregistered child stays, and what was sent twice is taken back once', async () => {
    await reaping.start({ pidfds })
    const { parent, child } = await reaping.family()
    const control = await reaping.family()
    await reaping.send(parent.pid, child.pid, REGISTER)
    await reaping.send(parent.pid, child.pid, REGISTER)
    await reaping.send(control.parent.pid, control.child.pid, REGISTER)
    expect(reaping.of('orphan-registered')).toHaveLength(2)
    await reaping.send(parent.pid, child.pid, UNREGISTER)
    expect(reaping.of('orphan-released')).toMatchObject([pick({ parent, child })])
    killIdentity(parent)
    killIdentity(control.parent)
    await reaping.event('orphan-acted')
    expect(isAlive(control.child)).toBe(false)
    expect(isAlive(child)).toBe(true)
  })

  test('a child that ends by itself is let go of', async () => {
    await reaping.start({ pidfds })
    const { parent, child } = await reaping.family()
    await reaping.send(parent.pid, child.pid, REGISTER)
    killIdentity(child)
    expect(await reaping.event('orphan-released')).toMatchObject({ ...pick({ parent, child }), by: undefined })
    killIdentity(parent)
    expect(reaping.of('orphan-acting')).toEqual([])
  })

  test('the whole tree goes, sessions of its own too, and what ignores SIGTERM by SIGKILL', async () => {
    await reaping.start({ pidfds, policy: { signal: 'SIGTERM', graceMs: 300, scope: 'tree', mode: 'act' } })
    const { parent, child } = await reaping.family(
      'setsid sh -c \'trap "" TERM; (setsid sleep 1000 &) ; sleep 1000 & while :; do sleep 1000; done\' & sleep 0.3; echo $!'
    )
    const tree = descendants(child.pid)
    expect(tree.length).toBeGreaterThanOrEqual(2)
    await reaping.send(parent.pid, child.pid, REGISTER)
    killIdentity(parent)
    const { receipt, outcome } = await reaping.event('orphan-acted')
    expect(outcome).toBe('ended')
    expect(new Set(receipt.signals.map(({ signal }) => signal))).toEqual(new Set(['SIGTERM', 'SIGCONT', 'SIGKILL']))
    expect(receipt.tree.map(({ pid }) => pid)).toEqual(expect.arrayContaining([child.pid, ...tree.map(({ pid }) => pid)]))
    expect([child, ...tree].filter(isAlive)).toEqual([])
  })

  test('scope child leaves the descendants', async () => {
    await reaping.start({ pidfds, policy: { signal: 'SIGINT', graceMs: 300, scope: 'child', mode: 'act' } })
    const { parent, child } = await reaping.family('sh -c "sleep 1000 & exec sleep 1000" & sleep 0.3; echo $!')
    const [grandchild] = descendants(child.pid)
    if (grandchild === undefined) throw new Error('no grandchild')
    await reaping.send(parent.pid, child.pid, REGISTER)
    killIdentity(parent)
    expect(await reaping.event('orphan-acted')).toMatchObject({ outcome: 'ended' })
    expect(isAlive(child)).toBe(false)
    expect(isAlive(grandchild)).toBe(true)
  })

  test('a chain goes from its head to its end', async () => {
    await reaping.start({ pidfds, policy: { signal: 'SIGTERM', graceMs: 2000, scope: 'child', mode: 'act' } })
    const families = await Promise.all([1, 2, 3].map(() => reaping.family()))
    for (const [index, { parent }] of families.entries()) {
      const next = families[index + 1]
      if (next !== undefined) await reaping.send(parent.pid, next.parent.pid, REGISTER)
    }
    const [first, , last] = families
    if (first === undefined || last === undefined) throw new Error('no families')
    killIdentity(first.parent)
    await reaping.event('orphan-acted', 2)
    expect(isAlive(last.parent)).toBe(false)
  })

  test('refused are numbers that mean no process, and children that are gone', async () => {
    await reaping.start({ pidfds })
    const { parent, child } = await reaping.family()
    const gone = await reaping.family()
    killIdentity(gone.child)
    await waitUntil(() => identityOf(gone.child.pid) === undefined, 'the child to end')
    await expectRefusals(reaping, [
      [parent.pid, 0, 'not-a-process'],
      [0, child.pid, 'not-a-process'],
      [parent.pid, 0xffffffff, 'not-a-process'],
      [child.pid, child.pid, 'same-process'],
      [parent.pid, gone.child.pid, 'gone'],
      [parent.pid, 4_194_303, 'gone']
    ])
  })

  test('refused are threads, kernel threads, init, the supervisor and its ancestors', async () => {
    await reaping.start({ pidfds })
    const { parent, child } = await reaping.family()
    const thread = threadOfUs()
    const kernelThread = childrenOf(2)[0]
    await expectRefusals(reaping, [
      [parent.pid, 1, 'init'],
      [parent.pid, process.pid, 'supervisor'],
      [parent.pid, process.ppid, 'ancestor'],
      [parent.pid, thread, 'thread'],
      [thread, child.pid, 'parent-thread'],
      // in a container there are none to be seen
      ...(kernelThread === undefined ? [] : [[parent.pid, kernelThread, 'kernel-thread'] as const])
    ])
  })
})

const threadOfUs = (): number =>
  readdirSync('/proc/self/task')
    .map(Number)
    .find((tid) => tid !== process.pid) ?? 0

async function expectRefusals(reaping: Reaping, cases: readonly (readonly [number, number, string])[]): Promise<void> {
  for (const [parent, child, reason] of cases) {
    await reaping.send(parent, child, REGISTER)
    expect(reaping.of('orphan-refused').at(-1)).toMatchObject({ parent, child, code: 1, reason })
  }
  expect(reaping.of('orphan-registered')).toEqual([])
}

function pick({ parent, child }: { parent: unknown; child: unknown }): { parent: unknown; child: unknown } {
  return { parent, child }
}

function descendants(pid: number): { pid: number; startTime: number }[] {
  return childrenOf(pid).flatMap((child) => {
    const identity = identityOf(child)
    return identity === undefined ? [] : [identity, ...descendants(child)]
  })
}
