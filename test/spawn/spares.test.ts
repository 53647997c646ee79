import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createSystemClock } from '../../src/core/clock.ts'
import { closeTreeCgroups } from '../../src/core/linux/tree-cgroups.ts'
import type { TreeHandle } from '../../src/core/ports.ts'
import { createProcessTable } from '../../src/core/process/table.ts'
import type { NodeSettings } from '../../src/core/settings.ts'
import { isAtGate } from '../helpers/proc.ts'
import { identityOf, killIdentity } from '../helpers/processes.ts'
import { type Spawned, Spawning } from '../helpers/spawning.ts'
import { waitUntil } from '../helpers/wait-until.ts'

let known: Map<string, TreeHandle>
let spawning: Spawning
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tsupervise-test-'))
  known = new Map()
  const guardian = {
    know: async (tree: TreeHandle) => void known.set(tree.node, tree),
    forget: (node: string) => void known.delete(node)
  }
  spawning = new Spawning({ guardian })
})
afterEach(async () => {
  spawning.spawner.closeSpares()
  await spawning.cleanUp()
  closeTreeCgroups()
  rmSync(folder, { recursive: true })
})

const settings = (over: Partial<NodeSettings> = {}) => ({ argv: ['sleep', '60'], cwd: folder, ...over })

/** Those of this test that wait at the gate. */
const atGate = (): number[] => spawning.processes.alive().flatMap(({ pid }) => (isAtGate(pid) ? [pid] : []))

const spareOf = async (): Promise<TreeHandle> => waitUntil(() => known.get('worker:spare'), 'a spare that the guardian knows')

const end = async (run: Spawned): Promise<void> => {
  killIdentity(run.child.leader)
  await run.exit
  run.child.close()
}

describe('a spare', () => {
  test('waits once the node runs, is the next incarnation with its own cookie and cgroup, and there is another one then', async () => {
    const first = await spawning.run(settings())
    const spare = await spareOf()
    expect(atGate()).toEqual([spare.leader.pid])
    expect(spare.cookie).not.toBe(first.child.tree.cookie)
    if (spare.cgroup !== undefined) expect(spare.cgroup).not.toBe(first.child.tree.cgroup)
    await end(first)
    const second = await spawning.run(settings({ argv: ['sleep', '60'] }))
    expect(second.child.tree).toEqual({ ...spare, node: 'worker' })
    await waitUntil(() => known.get('worker:spare')?.cookie !== spare.cookie, 'another spare')
    expect((await spareOf()).leader.pid).not.toBe(spare.leader.pid)
  })

  test('its output is the output of the incarnation that it becomes', async () => {
    const talking = settings({ argv: ['sh', '-c', 'echo one; echo two >&2; exec sleep 60'] })
    await end(await spawning.run(talking))
    await spareOf()
    const run = await spawning.run(talking)
    await run.line('one')
    await run.line('two')
  })

  test('is no member of a tree and no stray', async () => {
    const table = createProcessTable({ sampler: 'procfs', clock: createSystemClock() })
    try {
      const run = await spawning.run(settings())
      table.track(run.child.tree)
      const { leader } = await spareOf()
      expect((await table.members('worker')).map(({ pid }) => pid)).toEqual([run.child.leader.pid])
      expect(await table.strays()).toEqual([])
      expect(table.owner(leader)).toBeUndefined()
    } finally {
      table.close()
    }
  })

  const changes: readonly (readonly [string, Partial<NodeSettings>])[] = [
    ['argv', { argv: ['sleep', '61'] }],
    ['env', { env: { PATH: process.env['PATH'] ?? '', MORE: 'yes' } }],
    ['umask', { umask: 0o77 }],
    ['rlimits', { rlimits: { core: { soft: 0, hard: 0 } } }],
    ['containment', { containment: 'group' }]
  ]
  test.each(changes)('is given up when the settings have another %s', async (_, change) => {
    await end(await spawning.run(settings()))
    const spare = await spareOf()
    const run = await spawning.run(settings(change))
    expect(run.child.leader.pid).not.toBe(spare.leader.pid)
    await waitUntil(() => identityOf(spare.leader.pid) === undefined, 'the end of the spare')
  })

  test('is given up when the working folder is another one by now', async () => {
    const link = join(folder, 'current')
    for (const name of ['old', 'new']) mkdirSync(join(folder, name))
    symlinkSync('old', link)
    const started = settings({ cwd: link, argv: ['sh', '-c', 'echo "in $(pwd -P)"; exec sleep 60'] })
    await end(await spawning.run(started))
    await spareOf()
    unlinkSync(link)
    symlinkSync('new', link)
    const run = await spawning.run(started)
    expect((await run.line('in'))[1]).toBe(join(folder, 'new'))
  })

  test('that was killed is not missed', async () => {
    await end(await spawning.run(settings()))
    const spare = await spareOf()
    killIdentity(spare.leader)
    await waitUntil(() => known.size === 0, 'the guardian to forget it')
    const run = await spawning.run(settings())
    expect(run.child.leader.pid).not.toBe(spare.leader.pid)
  })

  test.each(['dropSpare', 'closeSpares'] as const)('%s: it leaves, and nothing of it stays', async (how) => {
    const run = await spawning.run(settings())
    const spare = await spareOf()
    spawning.spawner[how]('worker')
    await waitUntil(() => identityOf(spare.leader.pid) === undefined, 'the end of the spare')
    await waitUntil(() => spare.cgroup === undefined || !existsSync(spare.cgroup), 'its cgroup to be removed')
    expect(known.size).toBe(0)
    expect(identityOf(run.child.leader.pid)).toBeDefined()
  })

  test('there is none for what is not started again, or is to outlive the supervisor', async () => {
    await spawning.run(settings({ name: 'once', restart: 'never' }))
    const log = { ringLines: 10, file: join(folder, 'log'), maxFileBytes: 1000, maxFiles: 2, echo: false }
    await spawning.run(settings({ name: 'left', onSupervisorDeath: 'leave', log }))
    await spawning.run(settings({ name: 'worker' }))
    await spareOf()
    expect(atGate()).toHaveLength(1)
  })
})
