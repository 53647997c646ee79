import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Identity } from '../../src/core/process/identity.ts'
import { needsOwnUid } from '../helpers/own-uid.ts'
import { childrenOf } from '../helpers/proc.ts'
import { identityOf, isAlive, killIdentity, statFields } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { REGISTER, Reaping } from './reaping.ts'

needsOwnUid()

let reaping: Reaping
beforeEach(() => {
  reaping = new Reaping()
})
afterEach(() => reaping.dispose())

const POLICY = { signal: 'SIGTERM', graceMs: 1000, scope: 'tree', mode: 'act' } as const

/** Of the test's own processes: one in this session whose parent is gone, so that somebody else has it now. */
function strayOf(isSession: (sid: number, pid: number) => boolean): Identity | undefined {
  const own = reaping.processes.alive()
  return own.find(({ pid }) => {
    const fields = statFields(pid)
    return fields !== undefined && isSession(fields.sid, pid) && !own.some((other) => other.pid === fields.ppid)
  })
}

describe('scope tree', () => {
  test('takes who is left of a session that a descendant leads, its parent being gone', async () => {
    await reaping.start({ policy: POLICY })
    // the child starts a leader of a session, which starts a middle one that ends and leaves the last one without a parent
    const { parent, child } = await reaping.family('sh -c \'setsid sh -c "(sleep 1000 &) ; exec sleep 1000" & exec sleep 1000\' & echo $!')
    const leader = await waitUntil(() => childrenOf(child.pid)[0], 'the leader')
    const stray = await waitUntil(() => strayOf((sid, pid) => sid === leader && pid !== leader), 'the stray')
    const other = await reaping.family('setsid sleep 1000 & sleep 0.2; echo $!')
    await reaping.send(parent.pid, child.pid, REGISTER)
    killIdentity(parent)
    const { outcome, receipt } = await reaping.event('orphan-acted')
    expect(outcome).toBe('ended')
    expect(receipt.tree.map(({ pid }) => pid)).toContain(stray.pid)
    expect([child, stray].filter(isAlive)).toEqual([])
    expect(isAlive(other.child)).toBe(true)
  })

  test('takes the whole tree of a leader that the supervisor started', async () => {
    const [node, bystander] = [await reaping.family('setsid sleep 1000 & sleep 0.2; echo $!'), await reaping.family()]
    const { parent, child } = await reaping.family()
    // no parent, session or group in common: only whoever started the tree knows
    const managed = async (leader: Identity) => (leader.pid === child.pid ? [node.child] : [])
    await reaping.start({ policy: POLICY, managed })
    for (const one of [{ parent, child }, bystander]) await reaping.send(one.parent.pid, one.child.pid, REGISTER)
    killIdentity(bystander.parent)
    await reaping.event('orphan-acted')
    expect(isAlive(node.child)).toBe(true)
    killIdentity(parent)
    await reaping.event('orphan-acted', 2)
    expect([child, node.child].filter(isAlive)).toEqual([])
  })

  test('leaves alone who left session and group, and whose parent was gone before: nothing tells whose it was', async () => {
    await reaping.start({ policy: POLICY })
    const { parent, child } = await reaping.family("sh -c '(setsid sleep 1000 &) ; exec sleep 1000' & sleep 0.3; echo $!")
    const stray = await waitUntil(() => strayOf((sid, pid) => sid === pid), 'the stray')
    await reaping.send(parent.pid, child.pid, REGISTER)
    killIdentity(parent)
    await reaping.event('orphan-acted')
    expect([isAlive(child), isAlive(stray)]).toEqual([false, true])
    expect(identityOf(stray.pid)).toEqual(stray)
  })
})
