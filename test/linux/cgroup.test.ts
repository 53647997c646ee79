import { once } from 'node:events'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { cgroupProcs, cpuStatUsec, isPopulated, joinCgroup, killCgroup, removeCgroup, watchPopulated } from '../../src/core/linux/cgroup.ts'
import { cgroupFolder, ownCgroupFolder } from '../../src/core/linux/cgroup-mount.ts'
import { openTreeCgroups } from '../../src/core/linux/tree-cgroups.ts'
import { identityOf, statFields, TestProcesses } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'

describe('where the own cgroup is', () => {
  const line = (root: string, point: string, type = 'cgroup2'): string =>
    `35 24 0:30 ${root} ${point} rw,nosuid shared:9 - ${type} cgroup2 rw`
  test.each([
    ['a unified system', [line('/', '/sys/fs/cgroup')], '0::/user.slice/s.scope', '/sys/fs/cgroup/user.slice/s.scope'],
    [
      'a hybrid one',
      [line('/', '/sys/fs/cgroup/cpu', 'cgroup'), line('/', '/sys/fs/cgroup/unified')],
      '4:cpu:/\n0::/',
      '/sys/fs/cgroup/unified/'
    ],
    ['a bind mount of a part', [line('/docker/abc', '/sys/fs/cgroup')], '0::/docker/abc/x', '/sys/fs/cgroup/x'],
    ['exactly that part', [line('/docker/abc', '/sys/fs/cgroup')], '0::/docker/abc', '/sys/fs/cgroup/'],
    ['a mount point with a blank', [line('/', '/mnt/a\\040b')], '0::/x', '/mnt/a b/x']
  ])('%s', (_, mounts, membership, folder) => {
    expect(cgroupFolder(mounts.join('\n'), membership)).toEqual({ ok: true, value: folder })
  })

  test.each([
    ['no cgroup v2', [line('/', '/sys/fs/cgroup')], '4:cpu:/'],
    ['not mounted', [line('/', '/sys/fs/cgroup', 'tmpfs')], '0::/x'],
    ['outside of what is mounted', [line('/docker/abc', '/sys/fs/cgroup')], '0::/docker/abcd'],
    ['outside of the cgroup namespace', [line('/', '/sys/fs/cgroup')], '0::/../other']
  ])('%s', (_, mounts, membership) => {
    expect(cgroupFolder(mounts.join('\n'), membership)).toMatchObject({ ok: false, error: { code: 'facility-missing' } })
  })
})

const processes = new TestProcesses()
const cgroups = openTreeCgroups()
const reason = cgroups.ok ? '' : cgroups.error.message

describe.skipIf(!cgroups.ok)(`a cgroup of a tree ${reason}`, () => {
  const create = (name: string): string => {
    const made = cgroups.ok ? cgroups.value.create(name) : cgroups
    if (!made.ok) throw new Error(made.error.message)
    return made.value
  }

  afterEach(() => void processes.cleanUp())
  afterAll(() => {
    if (cgroups.ok) cgroups.value.close()
    expect(cgroups.ok && existsSync(cgroups.value.base)).toBe(false)
  })

  test('holds a tree that forks twice, tells when it is empty, and kills it at once', async () => {
    const folder = create('kill')
    const changes: boolean[] = []
    const watched = watchPopulated(folder, (populated) => changes.push(populated))
    const script = 'read _; for i in 1 2 3; do (setsid sh -c "sleep 100" &) ; done; sleep 100'
    const leader = processes.spawn('sh', ['-c', script], { stdio: ['pipe', 'inherit', 'inherit'] })
    expect(joinCgroup(folder, leader.pid ?? 0)).toEqual({ ok: true, value: undefined })
    await waitUntil(() => isPopulated(folder) === true, 'the cgroup to be populated')
    leader.stdin?.end('\n')
    await waitUntil(
      () => (cgroupProcs(folder)?.length ?? 0) >= 5,
      () => `all members, ${cgroupProcs(folder)?.join()}`
    )
    expect(killCgroup(folder).ok).toBe(true)
    await waitUntil(() => isPopulated(folder) === false, 'the cgroup to be empty')
    await waitUntil(
      () => changes.at(-1) === false,
      () => `the watch to tell: ${changes.join()}`
    )
    if (watched.ok) watched.value()
    await waitUntil(() => removeCgroup(folder).ok, 'the folder to go')
    expect(existsSync(folder)).toBe(false)
  })

  test('counts the CPU of ended children, and finds processes in folders below', async () => {
    const folder = create('cpu')
    const below = join(folder, 'below')
    mkdirSync(below)
    const child = processes.spawn('sh', ['-c', 'read _; i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done'], {
      stdio: ['pipe', 'inherit', 'inherit']
    })
    joinCgroup(below, child.pid ?? 0)
    expect(cgroupProcs(folder)).toEqual([child.pid])
    const before = cpuStatUsec(folder) ?? 0
    child.stdin?.end('\n')
    await once(child, 'exit')
    expect(cpuStatUsec(folder)).toBeGreaterThan(before + 10_000)
    await waitUntil(() => removeCgroup(folder).ok, 'the folder to go')
  })

  test('names what the kernel refuses', () => {
    expect(joinCgroup('/nowhere/at/all', process.pid)).toMatchObject({ ok: false, error: { code: 'ENOENT' } })
    expect(killCgroup('/nowhere/at/all')).toMatchObject({ ok: false, error: { code: 'ENOENT' } })
    expect(cpuStatUsec('/nowhere/at/all')).toBeUndefined()
    expect(cgroupProcs('/nowhere/at/all')).toBeUndefined()
    expect(watchPopulated('/nowhere/at/all', () => undefined)).toMatchObject({ ok: false })
  })

  test('leftovers of a dead supervisor are removed, those of a living or populated one are not', async () => {
    const parent = ownCgroupFolder()
    if (!parent.ok || !cgroups.ok) throw new Error('no cgroup')
    const namespace = cgroups.value.base.split('.').at(-3)
    const living = processes.spawn('sleep', ['100'])
    const start = statFields(living.pid ?? 0)?.startTime
    const folders = {
      dead: join(parent.value, `tsupervise.${namespace}.4194304.1`),
      living: join(parent.value, `tsupervise.${namespace}.${living.pid}.${start}`),
      recycled: join(parent.value, `tsupervise.${namespace}.${living.pid}.1`),
      populated: join(parent.value, `tsupervise.${namespace}.4194303.1`),
      otherNamespace: join(parent.value, `tsupervise.1.4194304.1`),
      foreign: join(parent.value, 'tsupervise.not-ours')
    }
    for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true })
    mkdirSync(join(folders.dead, 'worker.1'), { recursive: true })
    joinCgroup(folders.populated, living.pid ?? 0)

    openTreeCgroups()
    const left = Object.entries(folders)
      .filter(([, folder]) => existsSync(folder))
      .map(([name]) => name)

    const identity = identityOf(living.pid ?? 0)
    processes.cleanUp()
    await once(living, 'exit')
    expect(identity).toBeDefined()
    for (const folder of Object.values(folders)) await waitUntil(() => removeCgroup(folder).ok, `${folder} to go`)
    expect(left).toEqual(['living', 'populated', 'otherNamespace', 'foreign'])
  })
})
