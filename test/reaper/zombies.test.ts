import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { libc } from '../../src/core/linux/libc.ts'
import { isEndedChild, type Reaped, reap, setSubreaper } from '../../src/core/linux/subreaper.ts'
import { reapZombies, type ZombieReaperOptions } from '../../src/core/reaper/zombies.ts'
import { statFields, TestProcesses } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'

const exited = (code: number): Reaped => ({ outcome: 'reaped', exit: { code, signal: undefined, oomKilled: false }, cpuMs: 3 })

describe('which children are reaped', () => {
  const run = (options: Partial<ZombieReaperOptions>) => {
    const log: string[] = []
    const count = reapZombies({
      children: () => [1, 2, 3, 4],
      isLeftAlone: (pid) => pid === 2,
      isEnded: (pid) => pid !== 3,
      onEnded: (pid) => log.push(`ended ${pid}`),
      reap: (pid) => {
        log.push(`reap ${pid}`)
        return pid === 4 ? { outcome: 'not-a-child' } : exited(pid)
      },
      onReaped: (pid, exit, cpuMs) => log.push(`reaped ${pid} ${exit.code} ${cpuMs}`),
      ...options
    })
    return { count, log }
  }

  test('ended ones that nobody else waits for, each looked at before its status is taken', () => {
    expect(run({})).toEqual({ count: 1, log: ['ended 1', 'reap 1', 'reaped 1 1 3', 'ended 4', 'reap 4'] })
  })

  test('none when all are left alone or living', () => {
    expect(run({ isLeftAlone: () => true })).toEqual({ count: 0, log: [] })
    expect(run({ isEnded: () => false })).toEqual({ count: 0, log: [] })
  })
})

describe.skipIf(libc() === undefined)('orphans of real processes', () => {
  const processes = new TestProcesses()
  afterEach(() => void processes.cleanUp())
  afterAll(() => void setSubreaper(false))

  const childrenOfUs = (): number[] =>
    readdirSync('/proc')
      .map(Number)
      .filter((pid) => Number.isInteger(pid) && statFields(pid)?.ppid === process.pid)

  const reaping = (isLeftAlone: (pid: number) => boolean, codes: (number | undefined)[]): ZombieReaperOptions => ({
    children: childrenOfUs,
    isLeftAlone,
    isEnded: isEndedChild,
    reap,
    onEnded: () => undefined,
    onReaped: (_, exit) => codes.push(exit.code)
  })

  const orphans = (count: number): string => `n=1; while [ $n -le ${count} ]; do (sh -c "sleep 0.2; exit $n" &) ; n=$((n+1)); done`

  test('a subreaper gets them, takes each status by its pid, and Node keeps those of its own children', async () => {
    expect(setSubreaper(true)).toEqual({ ok: true, value: undefined })
    const maker = processes.spawn('sh', ['-c', orphans(100)])
    const own = Array.from({ length: 30 }, (_, i) => processes.spawn('sh', ['-c', `sleep 0.2; exit ${i}`]))
    const left = new Set([maker, ...own].map((child) => child.pid))
    const ends = Promise.all(own.map(async (child) => (await once(child, 'exit'))[0] as number))
    const codes: (number | undefined)[] = []
    await waitUntil(
      () => {
        reapZombies(reaping((pid) => left.has(pid), codes))
        return codes.length === 100
      },
      () => `100 orphans, ${codes.length} so far`
    )
    expect(codes.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1))
    expect(await ends).toEqual(Array.from({ length: 30 }, (_, i) => i))
  })

  test('without the attribute they go elsewhere: nothing to reap', async () => {
    expect(setSubreaper(false).ok).toBe(true)
    const maker = processes.spawn('sh', ['-c', orphans(5)])
    await once(maker, 'exit')
    expect(childrenOfUs().filter((pid) => statFields(pid)?.state !== 'Z' && isSleeper(pid))).toEqual([])
    expect(reap(maker.pid ?? 0)).toEqual({ outcome: 'not-a-child' })

    function isSleeper(pid: number): boolean {
      return processes.alive().some((identity) => identity.pid === pid)
    }
  })

  test('a living child is not reaped, and a status is not taken by looking', async () => {
    const child = processes.spawn('sh', ['-c', 'read _; exit 5'], { stdio: ['pipe', 'ignore', 'ignore'] })
    const pid = child.pid ?? 0
    expect(isEndedChild(pid)).toBe(false)
    expect(reap(pid)).toEqual({ outcome: 'running' })
    child.stdin?.end('\n')
    // Node does not get a turn: the zombie stays
    const deadline = process.hrtime.bigint() + 5_000_000_000n
    while (!isEndedChild(pid) && process.hrtime.bigint() < deadline);
    expect(isEndedChild(pid)).toBe(true)
    expect(isEndedChild(pid)).toBe(true)
    expect(await once(child, 'exit')).toEqual([5, null])
    expect(isEndedChild(pid)).toBe(false)
  })
})
