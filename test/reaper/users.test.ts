import { chmodSync, chownSync, copyFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { libc } from '../../src/core/linux/libc.ts'
import { childrenOf } from '../helpers/proc.ts'
import { identityOf, isAlive, killIdentity } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { REGISTER, Reaping, type ScriptedClient, UNREGISTER } from './reaping.ts'

const ANNA = 23_401
const BERT = 23_402

const as = (uid: number): string[] => ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--']

const lacks = process.getuid?.() !== 0 ? 'needs root to be several users' : libc() === undefined ? 'needs native calls' : ''

describe.skipIf(lacks !== '')(`users of a supervisor of root ${lacks}`, () => {
  let reaping: Reaping
  beforeEach(async () => {
    reaping = new Reaping()
    chmodSync(reaping.folder, 0o755)
    await reaping.start({ policy: { signal: 'SIGTERM', graceMs: 300, scope: 'tree', mode: 'act' } }, 0o666)
  })
  afterEach(() => reaping.dispose())

  const familyOf = (uid: number, script?: string) => reaping.family(script, { uid, gid: uid, cwd: '/' })
  const clientOf = (uid: number): Promise<ScriptedClient> => reaping.script(as(uid), { cwd: '/' })
  const lastRefusal = () => reaping.of('orphan-refused').at(-1)

  test("their own children, with any parent; nobody else's", async () => {
    const [annas, berts, roots] = [await familyOf(ANNA), await familyOf(BERT), await reaping.family()]
    const anna = await clientOf(ANNA)
    await anna.send(annas.parent.pid, berts.child.pid, REGISTER)
    expect(lastRefusal()).toMatchObject({ reason: 'other-user', child: berts.child.pid, by: { uid: ANNA, pid: anna.pid } })
    expect(lastRefusal()?.by.command).toContain('orphan-client.pl')
    await anna.send(annas.parent.pid, roots.child.pid, REGISTER)
    expect(lastRefusal()).toMatchObject({ reason: 'other-user', child: roots.child.pid })
    await anna.send(berts.parent.pid, annas.child.pid, REGISTER)
    expect(await reaping.event('orphan-registered')).toMatchObject({ child: annas.child, by: { uid: ANNA } })
    for (const { parent } of [annas, berts, roots]) killIdentity(parent)
    await waitUntil(() => !isAlive(annas.child), 'the orphan to end')
    expect([berts.child, roots.child].filter(isAlive)).toHaveLength(2)
  })

  test("root: anybody's", async () => {
    const { parent, child } = await familyOf(ANNA)
    await reaping.send(parent.pid, child.pid, REGISTER)
    killIdentity(parent)
    await waitUntil(() => !isAlive(child), 'the orphan to end')
  })

  test('only the registrant and root unregister', async () => {
    const { parent, child } = await familyOf(ANNA)
    const [anna, bert] = [await clientOf(ANNA), await clientOf(BERT)]
    await anna.send(parent.pid, child.pid, REGISTER)
    await bert.send(parent.pid, child.pid, UNREGISTER)
    expect(lastRefusal()).toMatchObject({ action: 'unregister', reason: 'other-registrant', by: { uid: BERT } })
    expect(reaping.of('orphan-released')).toEqual([])
    await anna.send(parent.pid, child.pid, UNREGISTER)
    expect(reaping.of('orphan-released')).toHaveLength(1)
    await anna.send(parent.pid, child.pid, REGISTER)
    await reaping.send(parent.pid, child.pid, UNREGISTER)
    expect(reaping.of('orphan-released')).toHaveLength(2)
    killIdentity(parent)
    expect(isAlive(child)).toBe(true)
  })

  test('what root took back of a child does not touch what others registered of it', async () => {
    const { parent, child } = await familyOf(ANNA)
    const anna = await clientOf(ANNA)
    await anna.send(parent.pid, child.pid, REGISTER)
    await reaping.send(parent.pid, child.pid, REGISTER)
    await anna.send(parent.pid, child.pid, UNREGISTER)
    killIdentity(parent)
    await waitUntil(() => !isAlive(child), 'the orphan to end, for root')
  })

  /** A copy of sleep(1) that runs as `owner`, whoever starts it. */
  const setuidSleep = (owner: number): string => {
    const path = join(reaping.folder, `sleep-${owner}`)
    copyFileSync(realpathSync('/bin/sleep'), path)
    chownSync(path, owner, owner)
    chmodSync(path, 0o4755)
    return path
  }

  test('a child that has become root meanwhile is left alone, and that is told', async () => {
    const sleep = setuidSleep(0)
    const { parent, child } = await familyOf(
      ANNA,
      `sh -c 'while [ ! -e ${reaping.folder}/go ]; do sleep 0.02; done; exec ${sleep} 1000' & echo $!`
    )
    const anna = await clientOf(ANNA)
    await anna.send(parent.pid, child.pid, REGISTER)
    const { writeFileSync, readFileSync } = await import('node:fs')
    writeFileSync(join(reaping.folder, 'go'), '')
    await waitUntil(() => /^Uid:\t\d+\t0\t/m.test(readFileSync(`/proc/${child.pid}/status`, 'latin1')), 'the child to become root')
    killIdentity(parent)
    expect(await reaping.event('orphan-acted')).toMatchObject({ outcome: 'refused', refused: [child.pid] })
    expect(isAlive(child)).toBe(true)
    // and it can be registered by root
    await reaping.send(parent.pid, child.pid, REGISTER)
    await waitUntil(() => !isAlive(child), 'the child to end for root')
  })

  test('a tree that reaches another user: that process is left alone, the others end', async () => {
    const sleep = setuidSleep(BERT)
    const { parent, child } = await familyOf(ANNA, `sh -c '${sleep} 1000 & sleep 1000 & wait' & sleep 0.3; echo $!`)
    const kin = childrenOf(child.pid).flatMap((pid) => identityOf(pid) ?? [])
    expect(kin).toHaveLength(2)
    const anna = await clientOf(ANNA)
    await anna.send(parent.pid, child.pid, REGISTER)
    killIdentity(parent)
    const { outcome, refused, receipt } = await reaping.event('orphan-acted')
    expect(outcome).toBe('refused')
    expect(refused).toHaveLength(1)
    expect([child, ...kin].filter(isAlive).map(({ pid }) => pid)).toEqual(refused)
    expect(receipt.signals.filter(({ outcome: how }) => how === 'denied').map(({ pid }) => pid)).toContain(refused[0])
    expect(receipt.survivors.map(({ pid }) => pid)).toEqual(refused)
  })

  test('a client that is gone before its message is read: only a child of the named parent', async () => {
    const { parent, child } = await familyOf(ANNA)
    const other = await familyOf(ANNA)
    const { spawnSync } = await import('node:child_process')
    const send = (of: number, pid: number): void => {
      const code = `socket S, 1, 1, 0; connect S, pack_sockaddr_un($ARGV[0]) or die; syswrite S, pack("LLL", ${of}, ${pid}, 1)`
      // synchronous: the event loop has no turn before the client is gone and reaped
      const [first = '', ...words] = [...as(ANNA), '/usr/bin/perl', '-MSocket', '-e', code, reaping.address]
      const { status, stderr } = spawnSync(first, words, { cwd: '/' })
      if (status !== 0) throw new Error(stderr.toString())
    }
    send(other.parent.pid, child.pid)
    expect(await reaping.event('orphan-refused')).toMatchObject({ reason: 'asker-exited', child: child.pid })
    send(parent.pid, child.pid)
    await reaping.event('orphan-registered')
    killIdentity(parent)
    await waitUntil(() => !isAlive(child), 'the orphan to end')
  })

  test('the overflow uid is nobody', async () => {
    const nobody = 65_534
    const { parent, child } = await familyOf(nobody)
    const client = await clientOf(nobody)
    await client.send(parent.pid, child.pid, REGISTER)
    expect(lastRefusal()).toMatchObject({ reason: 'overflow-uid' })
  })

  test.each([
    ['pid', ['unshare', '--pid', '--fork', '--kill-child', '--']],
    ['user', ['unshare', '--user', '--map-root-user', '--']]
  ])('a client in another %s namespace', async (_, wrapper) => {
    const { parent, child } = await reaping.family()
    const client = await reaping.script(wrapper)
    await client.send(parent.pid, child.pid, REGISTER)
    expect(lastRefusal()).toMatchObject({ reason: 'other-namespace', parent: parent.pid, child: child.pid })
    expect(reaping.of('orphan-registered')).toEqual([])
    killIdentity(parent)
    expect(isAlive(child)).toBe(true)
  })
})
