import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createSystemClock } from '../../src/core/clock.ts'
import { cpuStatUsec, joinCgroup, killCgroup, removeCgroup } from '../../src/core/linux/cgroup.ts'
import { libc } from '../../src/core/linux/libc.ts'
import { openTreeCgroups } from '../../src/core/linux/tree-cgroups.ts'
import type { ProcessTable } from '../../src/core/ports.ts'
import { createProcessTable } from '../../src/core/process/table.ts'
import { waitUntil } from '../helpers/wait-until.ts'
import { burn, endAll, TestProcesses, type Tracked, track } from './tracking.ts'

const cgroups = openTreeCgroups()
const reason = cgroups.ok ? '' : cgroups.error.message

/** utime + stime + cutime + cstime, ms: what the kernel says that the leader and all that it waited for have used. */
function kernelFigure(pid: number): number {
  const line = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  return [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field]) * 10, 0)
}

/** Children of about 2 ms each, one after the other, each waited for by the leader. */
const shortChildren = (count: number): string => `n=0; while [ $n -lt ${count} ]; do (${burn(2500)}); n=$((n+1)); done`

describe.skipIf(process.platform !== 'linux')('CPU of a tree of short-lived children', () => {
  const processes = new TestProcesses()
  const folders: string[] = []
  let table: ProcessTable

  beforeEach(() => {
    table = createProcessTable({ sampler: 'procfs', clock: createSystemClock() })
  })
  afterEach(async () => {
    await endAll(processes)
    table.close()
    for (const folder of folders.splice(0)) {
      killCgroup(folder)
      await waitUntil(() => removeCgroup(folder).ok, `${folder} to go`)
    }
  })
  afterAll(() => {
    if (cgroups.ok) cgroups.value.close()
  })

  const newCgroup = (name: string): string => {
    const made = cgroups.ok ? cgroups.value.create(name) : cgroups
    if (!made.ok) throw new Error(made.error.message)
    folders.push(made.value)
    return made.value
  }

  /** Refreshes as the supervisor does, only faster, until the leader has written that it is done; the last figure. */
  async function runToEnd({ release, child }: Tracked): Promise<{ readonly cpuMs: number; readonly source: string }> {
    let done = false
    child.stdout?.on('data', () => {
      done = true
    })
    release()
    let last = 0
    await waitUntil(
      async () => {
        const cpuMs = (await table.refresh()).get('worker')?.cpuMs ?? 0
        expect(cpuMs).toBeGreaterThanOrEqual(last)
        last = cpuMs
        return done
      },
      'the leader to be done',
      60_000
    )
    const sample = (await table.refresh()).get('worker')
    return { cpuMs: sample?.cpuMs ?? 0, source: sample?.cpuSource ?? '' }
  }

  const withOutput = { spawn: { stdio: ['pipe', 'pipe', 'inherit'] as ['pipe', 'pipe', 'inherit'] } }
  const within = (figure: number, truth: number, share: number): void => {
    expect(figure, `${figure} ms for ${truth} ms`).toBeGreaterThan(truth * (1 - share))
    expect(figure, `${figure} ms for ${truth} ms`).toBeLessThan(truth * (1 + share))
  }

  test('1,000 children of 2 ms are counted to within 5% of the kernel', async () => {
    const tracked = track(table, processes, `${shortChildren(1000)}; echo done; read _`, withOutput)
    const before = kernelFigure(tracked.leader.pid)
    const { cpuMs } = await runToEnd(tracked)
    const truth = kernelFigure(tracked.leader.pid) - before
    expect(truth).toBeGreaterThan(500)
    within(cpuMs, truth, 0.05)
    // the leader alone, or the members that a look happens to see, would have been far less
    expect((await table.refresh()).get('worker')?.leaderCpuMs).toBeLessThan(truth * 0.8)
  }, 90_000)

  test('children in parallel, two levels deep, are not counted twice', async () => {
    const level = `for a in 1 2 3; do (${shortChildren(40)}) & done; wait`
    const tracked = track(table, processes, `for b in 1 2 3 4; do (${level}); done; echo done; read _`, withOutput)
    const before = kernelFigure(tracked.leader.pid)
    const { cpuMs } = await runToEnd(tracked)
    within(cpuMs, kernelFigure(tracked.leader.pid) - before, 0.05)
  }, 90_000)

  test.skipIf(!cgroups.ok)(
    `a cgroup tells it exactly ${reason}`,
    async () => {
      const folder = newCgroup('exact')
      const tracked = track(table, processes, `${shortChildren(300)}; echo done; read _`, withOutput)
      joinCgroup(folder, tracked.leader.pid)
      // again, now that it has a cgroup
      table.track({ node: 'worker', leader: tracked.leader, cookie: 'any', cgroup: folder })
      const before = cpuStatUsec(folder) ?? 0
      const { cpuMs, source } = await runToEnd(tracked)
      expect(source).toBe('cgroup')
      within(cpuMs, ((cpuStatUsec(folder) ?? 0) - before) / 1000, 0.02)
    },
    90_000
  )

  test.skipIf(!cgroups.ok || libc() === undefined)(
    `orphans that nobody of the tree waits for are counted at the reap ${reason}`,
    async (context) => {
      if (!table.facilities.some((facility) => facility.name === 'process-events' && facility.available))
        context.skip('no process events here')
      // the kernel's own figure, unknown to the table
      const folder = newCgroup('orphans')
      const script = `n=0; while [ $n -lt 200 ]; do ( (${burn(5000)}) & ); n=$((n+1)); done; sleep 0.5; echo done; read _`
      const tracked = track(table, processes, script, withOutput)
      joinCgroup(folder, tracked.leader.pid)
      const before = cpuStatUsec(folder) ?? 0
      await runToEnd(tracked)
      await waitUntil(async () => (await table.members('worker')).length === 1, 'all orphans to be reaped')
      const cpuMs = (await table.refresh()).get('worker')?.cpuMs ?? 0
      within(cpuMs, ((cpuStatUsec(folder) ?? 0) - before) / 1000, 0.05)
    },
    90_000
  )
})
