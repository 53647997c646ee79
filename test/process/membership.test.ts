import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createSystemClock } from '../../src/core/clock.ts'
import { libc } from '../../src/core/linux/libc.ts'
import type { ProcessTable } from '../../src/core/ports.ts'
import { createProcessTable } from '../../src/core/process/table.ts'
import { identityOf, statFields } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { commands, endAll, TestProcesses, track } from './tracking.ts'

/** Which tree a process belongs to: by fork event, by last seen parent or session, by cookie. */
describe.skipIf(libc() === undefined)('membership with native calls', () => {
  const processes = new TestProcesses()
  let table: ProcessTable
  const available = (name: string): boolean => table.facilities.some((facility) => facility.name === name && facility.available)

  beforeEach(() => {
    table = createProcessTable({ sampler: 'procfs', clock: createSystemClock(), nodeName: 'n' })
  })
  afterEach(async () => {
    await endAll(processes)
    table.close()
  })

  test('a daemon that forked twice and left its session between two looks is still a member', async () => {
    const { release, leader } = track(table, processes, '(setsid sh -c "sleep 201 & " & ) ; sleep 202')
    release()
    await waitUntil(async () => (await commands(table)).includes('sleep 201'), 'the daemon')
    const daemon = (await table.members('worker')).find((member) => member.command === 'sleep 201')
    if (daemon === undefined) throw new Error('the daemon is gone')
    expect(daemon.sid).not.toBe(leader.pid)
    await waitUntil(() => statFields(daemon.pid)?.ppid === process.pid, 'the daemon to be adopted')
    expect(table.owner(daemon)).toBe('worker')
    expect((await table.members('worker'))[0]?.pid).toBe(leader.pid)
  })

  test('an orphan whom no event told of is known by the cookie in its environment, and only by the right one', async () => {
    const quiet = track(table, processes, 'sleep 203', { node: 'quiet', cookie: `quiet-${processes.mark}` })
    quiet.release()
    // an orphan of nobody that is tracked, with the cookie of the tree
    const maker = processes.spawn('sh', ['-c', 'setsid sleep 204 & exit 0'], { env: { TSUPERVISE_TREE: `quiet-${processes.mark}` } })
    const other = processes.spawn('sh', ['-c', 'setsid sleep 205 & exit 0'], { env: { TSUPERVISE_TREE: `quiet-${processes.mark}-not` } })
    await Promise.all([once(maker, 'exit'), once(other, 'exit')])
    await waitUntil(
      () => orphans('sleep').length === 2,
      () => `both orphans: ${JSON.stringify(orphans('sleep'))}`
    )
    const strays = await table.strays()
    expect(await commands(table, 'quiet')).toContain('sleep 204')
    expect(strays.map((stray) => stray.command)).toEqual(['sleep 205'])
    expect(table.owner(strays[0] ?? { pid: 0, startTime: 0 })).toBeUndefined()

    function orphans(comm: string): number[] {
      return processes.alive().flatMap(({ pid }) => {
        const sample = table.inspect(pid)
        return sample?.comm === comm && sample.ppid === process.pid && sample.sid === pid ? [pid] : []
      })
    }
  })

  test('two trees are told apart, and strays of one are not given to the other', async () => {
    const first = track(table, processes, 'sleep 206 & sleep 206', { node: 'first' })
    const second = track(table, processes, 'setsid sleep 207 & sleep 207', { node: 'second' })
    first.release()
    second.release()
    await waitUntil(async () => (await table.members('first')).length === 3 && (await table.members('second')).length === 3, 'both trees')
    for (const member of await table.members('first')) expect(table.owner(member)).toBe('first')
    for (const member of await table.members('second')) expect(table.owner(member)).toBe('second')
    expect(await table.strays()).toEqual([])
  })

  test('children of Node itself are neither members nor strays', async () => {
    const { release } = track(table, processes, 'sleep 208')
    release()
    const own = processes.spawn('sleep', ['209'])
    await waitUntil(() => identityOf(own.pid ?? 0) !== undefined, 'the child')
    await waitUntil(async () => (await commands(table)).includes('sleep 208'), 'the tree')
    for (let i = 0; i < 12; i++) await table.refresh()
    expect((await table.strays()).map((stray) => stray.pid)).not.toContain(own.pid)
  })

  test('an exec gives the process another execution id, where events tell of it', async (context) => {
    if (!available('process-events')) context.skip('no process events here')
    const { release, say, leader } = track(table, processes, 'read _; exec sleep 210')
    const before = (await table.members('worker'))[0]
    expect(Buffer.from(before?.execId ?? '', 'base64').toString()).toBe(`n:${BigInt(leader.startTime) * 10_000_000n}:${leader.pid}`)
    release()
    say('exec')
    await waitUntil(async () => (await commands(table))[0] === 'sleep 210', 'the exec')
    const after = (await table.members('worker'))[0]
    const [node, ktime, pid] = Buffer.from(after?.execId ?? '', 'base64')
      .toString()
      .split(':')
    expect([node, pid]).toEqual(['n', String(leader.pid)])
    const sinceStart = BigInt(ktime ?? '0') - BigInt(leader.startTime) * 10_000_000n
    expect(sinceStart).toBeGreaterThan(0n)
    expect(sinceStart).toBeLessThan(30_000_000_000n)
    expect(after?.startTime).toBe(leader.startTime)
    // and it stays
    await table.refresh()
    expect((await table.members('worker'))[0]?.execId).toBe(after?.execId)
    expect(table.inspect(leader.pid)?.execId).toBe(after?.execId)
  })

  test('a death comes as an event, with the status of a process that is not our child', async () => {
    const deaths: { pid: number; code: number | undefined; signal: string | undefined }[] = []
    table.onDeath(({ process: dead, exit }) => deaths.push({ pid: dead.pid, code: exit?.code, signal: exit?.signal }))
    const { release, say } = track(table, processes, 'sh -c "read _; exit 23"; sh -c "kill -USR1 \\$\\$"; read _; sleep 211')
    release()
    await waitUntil(async () => (await table.members('worker')).length === 2, 'the child')
    const inner = (await table.members('worker'))[1]
    say('end')
    // no look at the table is needed
    await waitUntil(() => deaths.some((death) => death.pid === inner?.pid), 'the death')
    expect(deaths.find((death) => death.pid === inner?.pid)).toMatchObject({ code: 23, signal: undefined })
  })

  test('orphans are reaped by pid, told with their status, and Node keeps the statuses of its own children', async () => {
    const told = new Map<number, number | undefined>()
    table.onDeath(({ process: dead, exit, node }) => {
      if (node === 'worker') told.set(dead.pid, exit?.code)
    })
    const { release, child } = track(
      table,
      processes,
      'for i in 1 2 3 4 5 6 7 8 9 10; do (sh -c "sleep 0.3; exit $i" & ) ; done; sleep 0.2; exit 77'
    )
    release()
    await waitUntil(async () => (await table.members('worker')).length > 10, 'all of them')
    const own = Array.from({ length: 20 }, (_, i) => ({ code: i + 1, child: processes.spawn('sh', ['-c', `sleep 0.3; exit ${i + 1}`]) }))
    const codes = await Promise.all(own.map(async (one) => (await once(one.child, 'exit'))[0]))
    expect(codes).toEqual(own.map((one) => one.code))
    if (child.exitCode === null) await once(child, 'exit')
    expect(child.exitCode).toBe(77)
    await waitUntil(async () => (await table.members('worker')).length === 0, 'the tree to end')
    await waitUntil(
      () => [...told.values()].filter((code) => code !== undefined && code >= 1 && code <= 10).length === 10,
      () => `ten deaths: ${[...told]}`
    )
  })

  test('a member that is looked at under a reused pid is never given another identity', async () => {
    const { release, leader } = track(table, processes, 'sleep 212')
    release()
    await waitUntil(async () => (await commands(table)).includes('sleep 212'), 'the child')
    expect(table.owner({ pid: leader.pid, startTime: leader.startTime - 1 })).toBeUndefined()
    // tracked under an identity that is not the process' own: nothing is taken in
    table.track({ node: 'wrong', leader: { pid: leader.pid, startTime: leader.startTime - 1 }, cookie: 'wrong', cgroup: undefined })
    expect(await table.members('wrong')).toEqual([])
  })

  test('a small tree is found afresh in about a millisecond', async () => {
    const { release } = track(table, processes, 'sleep 213 & sleep 213 & sleep 213')
    release()
    await waitUntil(async () => (await table.members('worker')).length === 4, 'the tree')
    const times: number[] = []
    for (let i = 0; i < 100; i++) {
      const before = process.cpuUsage()
      await table.members('worker')
      const { user, system } = process.cpuUsage(before)
      times.push((user + system) / 1000)
    }
    times.sort((a, b) => a - b)
    expect(times[50]).toBeLessThan(2)
  })
})
