import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ProcessTable } from '../../src/core/ports.ts'
import { identityOf, statFields } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { commands, endAll, TestProcesses, track } from './tracking.ts'

/** What every process table must do, whatever it is made of. */
export function tableScenarios(title: string, create: () => ProcessTable, knows: { readonly pss: boolean; readonly exits: boolean }): void {
  describe(title, () => {
    const processes = new TestProcesses()
    let table: ProcessTable

    beforeEach(() => {
      table = create()
    })
    afterEach(async () => {
      await endAll(processes)
      table.close()
    })

    test('follows a tree from its leader on: children, grandchildren, leader first', async () => {
      const { release, leader } = track(table, processes, 'sh -c "sleep 101; :" & sleep 102 & wait')
      expect((await table.members('worker')).map((member) => member.pid)).toEqual([leader.pid])
      release()
      await waitUntil(async () => {
        const found = await commands(table)
        return found.includes('sleep 101') && found.includes('sleep 102')
      }, 'the child and the grandchild')
      const members = await table.members('worker')
      expect(members[0]).toMatchObject({ pid: leader.pid, startTime: leader.startTime, ppid: process.pid })
      expect(members.map((member) => member.command).sort()).toEqual(
        [members[0]?.command, 'sh -c sleep 101; :', 'sleep 101', 'sleep 102'].sort()
      )
      for (const member of members) {
        expect(identityOf(member.pid)).toEqual({ pid: member.pid, startTime: member.startTime })
        expect(member.pgid).toBe(leader.pid)
        expect(table.owner(member)).toBe('worker')
      }
      const sample = (await table.refresh()).get('worker')
      expect(sample?.processes.map((member) => member.pid).sort()).toEqual(members.map((member) => member.pid).sort())
      expect(sample?.rssBytes).toBeGreaterThan(members.length * 100_000)
      expect(sample?.leaderRssBytes).toBeLessThan(sample?.rssBytes ?? 0)
    })

    test('does not take in what is not of the tree', async () => {
      const stranger = processes.spawn('sleep', ['103'])
      const { release, leader } = track(table, processes, 'sleep 104')
      release()
      await waitUntil(async () => (await commands(table)).includes('sleep 104'), 'the child')
      const sample = (await table.refresh()).get('worker')
      expect(sample?.processes.some((member) => member.pid === stranger.pid)).toBe(false)
      expect(table.owner({ pid: stranger.pid ?? 0, startTime: identityOf(stranger.pid ?? 0)?.startTime ?? 0 })).toBeUndefined()
      expect(table.owner({ ...leader, startTime: leader.startTime + 1 })).toBeUndefined()
    })

    test('keeps a member whose parent ended, when it was seen before', async () => {
      const { release, say } = track(table, processes, 'sh -c "setsid sleep 105 & read _"; sleep 106')
      release()
      await waitUntil(async () => (await commands(table)).includes('sleep 105'), 'the child in its own session')
      const child = (await table.members('worker')).find((member) => member.command === 'sleep 105')
      if (child === undefined) throw new Error('the child is gone')
      // the one between them ends
      say('end')
      await waitUntil(() => statFields(child.pid)?.ppid !== child.ppid, 'the child to be an orphan')
      await waitUntil(async () => (await commands(table)).includes('sleep 106'), 'the leader to go on')
      expect(await commands(table)).toContain('sleep 105')
      expect(table.owner(child)).toBe('worker')
      expect((await table.refresh()).get('worker')?.processes.map((member) => member.pid)).toContain(child.pid)
    })

    test('tells each death once, by node', async () => {
      const deaths: { pid: number; node: string | undefined; code: number | undefined }[] = []
      table.onDeath(({ node, process: dead, exit }) => deaths.push({ pid: dead.pid, node, code: exit?.code }))
      const { release, say, leader, child } = track(table, processes, 'sh -c "read _; exit 9"; read _; exit 7')
      release()
      await waitUntil(async () => (await table.members('worker')).length === 2, 'the child')
      const inner = (await table.members('worker'))[1]?.pid
      say('end')
      await waitUntil(
        async () => {
          await table.refresh()
          return deaths.length === 1
        },
        () => `the first death: ${JSON.stringify(deaths)}`
      )
      say('end')
      await once(child, 'exit')
      await waitUntil(
        async () => {
          await table.refresh()
          return deaths.length === 2
        },
        () => `the second death: ${JSON.stringify(deaths)}`
      )
      await table.refresh()
      expect(deaths.map(({ pid, node }) => ({ pid, node }))).toEqual([
        { pid: inner, node: 'worker' },
        { pid: leader.pid, node: 'worker' }
      ])
      if (knows.exits) expect(deaths.map((death) => death.code)).toEqual([9, 7])
      expect(await table.members('worker')).toEqual([])
      expect((await table.refresh()).get('worker')?.processes).toEqual([])
    })

    test('counts CPU that never decreases, of ended members too', async () => {
      const { release, say } = track(table, processes, 'sh -c "i=0; while [ \\$i -lt 300000 ]; do i=\\$((i+1)); done; read _"; read _')
      let last = 0
      release()
      await waitUntil(
        async () => {
          const sample = (await table.refresh()).get('worker')
          expect(sample?.cpuMs).toBeGreaterThanOrEqual(last)
          last = sample?.cpuMs ?? 0
          return last > 60 && sample?.processes.every((member) => member.state === 'S')
        },
        () => `the child to have used some CPU: ${last} ms`
      )
      say('end')
      await waitUntil(async () => (await table.members('worker')).length === 1, 'the child to end')
      const after = (await table.refresh()).get('worker')
      expect(after?.cpuMs).toBeGreaterThanOrEqual(last)
      // counted once, although its parent has waited for it
      expect(after?.cpuMs).toBeLessThan(last * 1.5)
      expect(after?.leaderCpuMs).toBeLessThan(last / 2)
    })

    test('gives the same sample object while nothing in it changed', async () => {
      const { release } = track(table, processes, 'sleep 107')
      release()
      await waitUntil(async () => (await commands(table)).includes('sleep 107'), 'the child')
      const processesNow = async () => (await table.refresh()).get('worker')?.processes ?? []
      await waitUntil(async () => {
        const before = await processesNow()
        const after = await processesNow()
        return before.length === 2 && before.every((sample, i) => after[i] === sample)
      }, 'two refreshes with the same objects, once the programs have come to rest')
    })

    test('what is left of a forgotten tree belongs to nobody, and is found as a stray', async () => {
      const { release, leader } = track(table, processes, 'sleep 108')
      release()
      await waitUntil(async () => (await commands(table)).includes('sleep 108'), 'the child')
      table.untrack('worker')
      expect(await table.members('worker')).toEqual([])
      expect(table.owner(leader)).toBeUndefined()
      expect((await table.refresh()).size).toBe(0)
      const strays = await table.strays()
      expect(strays.map((stray) => stray.command)).toContain('sleep 108')
    })

    test('looks at any process', async () => {
      const child = processes.spawn('sleep', ['109'])
      const pid = child.pid ?? 0
      await waitUntil(() => table.inspect(pid)?.command === 'sleep 109', 'the child to have started')
      expect(table.inspect(pid)).toMatchObject({ pid, ppid: process.pid, comm: 'sleep', startTime: identityOf(pid)?.startTime })
      expect(table.inspect(4_194_303)).toBeUndefined()
    })

    test.runIf(knows.pss)('tells the proportional set size of a whole tree: forks share their pages', async () => {
      const { release } = track(table, processes, 'sleep 110 & sleep 110')
      release()
      await waitUntil(async () => (await table.members('worker')).length === 3, 'both children')
      await table.refresh()
      const rss = (await table.refresh()).get('worker')?.rssBytes ?? 0
      const pss = await table.pss('worker')
      expect(pss).toBeGreaterThan(0)
      expect(pss).toBeLessThan(rss)
    })

    test('a closed table leaves no descriptor and no handler behind', async () => {
      const { readdirSync } = await import('node:fs')
      const { release } = track(table, processes, 'sleep 111')
      release()
      await waitUntil(async () => (await commands(table)).includes('sleep 111'), 'the child')
      await table.refresh()
      const handlers = process.listenerCount('SIGCHLD')
      table.close()
      const mine = readdirSync('/proc/self/fd').length
      const again = create()
      again.close()
      expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(mine)
      expect(process.listenerCount('SIGCHLD')).toBeLessThanOrEqual(handlers)
    })
  })
}
