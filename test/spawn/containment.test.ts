import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { killCgroup } from '../../src/core/linux/cgroup.ts'
import { closeTreeCgroups, treeCgroups } from '../../src/core/linux/tree-cgroups.ts'
import { fixture } from '../helpers/node-settings.ts'
import { Spawning } from '../helpers/spawning.ts'
import { stopPlan, stopping } from '../helpers/stopping.ts'
import { waitUntil } from '../helpers/wait-until.ts'

let spawning = new Spawning()
afterEach(async () => {
  await spawning.cleanUp()
  spawning = new Spawning()
  closeTreeCgroups()
})

const cgroups = treeCgroups()
closeTreeCgroups()

test.skipIf(!cgroups.ok)(
  'a child is in its cgroup before it runs, with all that it starts; the empty one is removed (needs a writable cgroup v2)',
  async () => {
    const run = await spawning.run({ argv: [fixture('orphan-maker.py')] })
    const folder = run.child.tree.cgroup ?? ''
    expect(run.child.containment).toBe('cgroup')
    const [, leader, orphan] = await run.line('ready')
    expect(readFileSync(join(folder, 'cgroup.procs'), 'latin1').trim().split('\n').sort()).toEqual([leader, orphan].sort())
    expect(killCgroup(folder).ok).toBe(true)
    expect(await run.exit).toMatchObject({ signal: 'SIGKILL', oomKilled: false })
    run.child.close()
    await waitUntil(() => !existsSync(folder), 'the cgroup to be removed')
  }
)

test.skipIf(!cgroups.ok)('a storm of forks ends at one stroke of its cgroup (needs a writable cgroup v2)', async () => {
  const run = await spawning.run({ argv: [fixture('fork-storm.py'), '20'] })
  await run.line('ready')
  const stop = stopping(spawning, run)
  const kill = () => (killCgroup(run.child.tree.cgroup ?? '').ok ? 'sent' : 'gone')
  await stop.run(stopPlan({ terminate: undefined }), { killCgroup: kill }).done
  expect(stop.records[0]).toMatchObject({ signal: 'SIGKILL', target: 'group', outcome: 'sent', detail: 'cgroup.kill' })
  expect(spawning.processes.alive()).toEqual([])
})

test('what the settings insist on is given, or its lack is named', async () => {
  const group = await spawning.run({ argv: ['sleep', '60'], containment: 'group' })
  expect([group.child.containment, group.child.tree.cgroup]).toEqual(['group', undefined])
  expect(await spawning.failure({ argv: ['true'], containment: 'subreaper' })).toMatchObject({ code: 'containment-missing' })
  const below = new Spawning({ subreaper: true })
  const made = await below.run({ argv: ['sleep', '60'], containment: 'subreaper' })
  expect(made.child.containment).toBe('subreaper')
  await below.cleanUp()
})

test('neither success nor failure leaks a descriptor', async () => {
  const count = (): number => readdirSync('/proc/self/fd').length
  const round = async (): Promise<void> => {
    const run = await spawning.run({ argv: ['true'] })
    await run.exit
    run.child.close()
    await spawning.failure({ argv: ['no-such-program-here'] })
    await spawning.failure({ argv: ['true', 'x'.repeat(200_000)] })
    const { made } = await spawning.waiting({ argv: ['true'] })
    if (made.ok) made.value.close()
  }
  await round()
  await waitUntil(() => spawning.processes.alive().length === 0, 'the end of the children')
  const before = count()
  for (let n = 0; n < 15; n++) await round()
  await waitUntil(
    () => count() <= before,
    () => `${before} descriptors again, not ${count()}`
  )
})
