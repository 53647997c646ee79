import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ownCgroupFolder } from '../../src/core/linux/cgroup-mount.ts'
import { closeTreeCgroups, treeCgroups } from '../../src/core/linux/tree-cgroups.ts'
import { fixture, type RunningCommand } from '../helpers/command.ts'
import { commandsOfTest } from '../helpers/commands.ts'
import { identityOf, isAlive } from '../helpers/processes.ts'

const commands = commandsOfTest()
const writable = treeCgroups().ok
closeTreeCgroups()
const own = ownCgroupFolder()

const cgroupOf = (pid: number): string => /^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1] ?? ''
const folderOf = (pid: number): string => join(own.ok ? own.value : '/', cgroupOf(pid))

describe('the means that hold a tree together', () => {
  test('are chosen for each node, real, and told when it starts', async () => {
    const worker = { command: [fixture('exit-on-request.sh')] }
    const command = commands.start({
      worker,
      extensions: { group: { ...worker, containment: 'group' }, subreaper: { ...worker, containment: 'subreaper' } }
    })
    for (const node of ['worker', 'group', 'subreaper']) await command.event('node-started', node)
    const told = (node: string): unknown => command.of('node-started', node)[0]?.['containment']
    expect(['group', 'subreaper'].map(told)).toEqual(['group', 'subreaper'])
    expect(told('worker')).toBe(writable ? 'cgroup' : 'subreaper')
    const supervisors = cgroupOf(command.pid)
    for (const node of ['group', 'subreaper']) expect(cgroupOf(command.leader(node).pid)).toBe(supervisors)
    if (writable) expect(cgroupOf(command.leader('worker').pid)).toMatch(/\/tsupervise\.\d+\.\d+\.\d+\/worker\.\d+$/)
    expect((await command.stop()).code).toBe(0)
  })

  test('subreaper, asked for where there is none, is a failure that says so', async () => {
    const command = commands.start({ worker: { command: ['true'], containment: 'subreaper', respawn: { limit: 0 } } }, [
      '--sampler',
      'portable'
    ])
    await command.exit()
    expect(command.of('node-start-failed', 'worker')[0]?.message).toMatch(/containment `subreaper` was asked for, but .*use `auto`/)
  })
})

describe.skipIf(!writable)('a tree in a cgroup (needs a writable cgroup v2)', () => {
  const stopped = async (command: RunningCommand): Promise<void> => {
    expect((await command.stop()).code).toBe(0)
    expect(command.processes.alive()).toEqual([])
  }

  test.each(['procfs', 'portable'])('leaves nothing when it is stopped, whatever it forks meanwhile (%s sampler)', async (sampler) => {
    const command = commands.start(
      { worker: { command: [fixture('fork-storm.py'), '20'], containment: 'cgroup', stop: { commandedGrace: '200ms' } } },
      ['--sampler', sampler]
    )
    await command.line('worker', /^ready/)
    await command.until(() => command.processes.alive().length > 3, 'the storm')
    const folder = folderOf(command.leader('worker').pid)
    await stopped(command)
    expect(command.of('receipt-closed', 'worker')[0]?.['survivors']).toEqual([])
    expect([existsSync(folder), existsSync(dirname(folder))]).toEqual([false, false])
  })

  test('what was moved elsewhere is named, and ended all the same', async () => {
    const command = commands.start({ worker: { command: [fixture('daemon-family.py')], stop: { commandedGrace: '200ms' } } })
    const [, , moved = 0, stayed = 0] = (await command.line('worker', /^ready/)).split(' ').map(Number)
    const identities = [moved, stayed].map(identityOf)
    const elsewhere = join(own.ok ? own.value : '/', `elsewhere-${process.pid}`)
    mkdirSync(elsewhere)
    try {
      writeFileSync(join(elsewhere, 'cgroup.procs'), String(moved))
      await stopped(command)
      const problem = command.of('problem', 'worker').find((event) => event['failureCode'] === 'moved-elsewhere')
      expect(problem?.message).toContain(`${moved} (${cgroupOf(process.pid).replace(/\/$/, '')}/elsewhere-${process.pid})`)
      expect(problem?.message).not.toContain(String(stayed))
      const receipt = command.of('receipt-closed', 'worker')[0]
      expect(String(receipt?.['signals'])).toContain(`SIGKILL member ${moved} sent`)
      expect(identities.some((identity) => identity !== undefined && isAlive(identity))).toBe(false)
    } finally {
      rmdirSync(elsewhere)
    }
  })
})
