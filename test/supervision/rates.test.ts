import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ProcessSample, TreeSample } from '../../src/core/process/sample.ts'
import { type Rated, rateTree } from '../../src/core/supervision/rates.ts'
import { keepEqualProcesses } from '../../src/store/keep-equal.ts'

const sampleOf = (pid: number, cpuMs: number): ProcessSample => ({
  pid,
  startTime: pid * 10,
  execId: `exec-${pid}`,
  ppid: 1,
  pgid: pid,
  sid: pid,
  state: 'S',
  comm: 'idle',
  command: `idle ${pid}`,
  threads: 1,
  cpuMs,
  rssBytes: 4096
})

const treeOf = (at: number, processes: readonly ProcessSample[]): TreeSample => ({
  at,
  cpuMs: processes.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
  leaderCpuMs: 0,
  cpuSource: 'clock',
  rssBytes: 0,
  leaderRssBytes: 0,
  processes
})

/** What the rates are, said plainly. */
const plainRates = (before: TreeSample | undefined, now: TreeSample): readonly number[] =>
  now.processes.map(({ pid, cpuMs }) => {
    const known = before?.processes.find((process) => process.pid === pid)
    if (known === undefined || before === undefined || now.at <= before.at) return 0
    return Math.round((Math.max(0, cpuMs - known.cpuMs) / (now.at - before.at)) * 1000) / 10
  })

/** Some run, some end, some come, and now and then all stand elsewhere. */
const turns = fc.array(
  fc.record({
    ran: fc.array(fc.nat(19)),
    ended: fc.array(fc.nat(19), { maxLength: 3 }),
    turned: fc.boolean(),
    ms: fc.integer({ min: 0, max: 2000 })
  }),
  { minLength: 1, maxLength: 12 }
)

describe('rates of a tree', () => {
  test('are those of each process over the time since the refresh before, wherever it stands', () => {
    fc.assert(
      fc.property(turns, (steps) => {
        let processes: readonly ProcessSample[] = Array.from({ length: 20 }, (_, index) => sampleOf(100 + index, 50))
        let at = 0
        let rated: Rated | undefined
        let stored: readonly Rated['shown']['processes'][number][] = []
        for (const [turn, { ran, ended, turned, ms }] of steps.entries()) {
          at += ms
          processes = processes
            .filter((_, index) => !ended.includes(index))
            .map((process, index) => (ran.includes(index) ? { ...process, cpuMs: process.cpuMs + 7 } : process))
          if (turned) processes = [...processes].reverse()
          processes = [...processes, sampleOf(1000 + turn, 0)]
          const read = treeOf(at, processes)
          const shown = rateTree('node', rated, read)
          expect(shown.processes.map(({ cpuPercent }) => cpuPercent)).toEqual(plainRates(rated?.read, read))
          expect(shown.processes.map(({ cpuPercent: _, ...process }) => process)).toEqual(processes)
          stored = keepEqualProcesses(stored, shown.processes)
          expect(stored).toEqual(shown.processes)
          rated = { read, shown }
        }
      })
    )
  })

  test('of processes that do not run are the same objects, refresh for refresh', () => {
    const [idle, busy] = [sampleOf(1, 50), sampleOf(2, 50)]
    const first = treeOf(0, [idle, busy])
    const second = treeOf(1000, [idle, { ...busy, cpuMs: 150 }])
    const one = rateTree('node', undefined, first)
    const two = rateTree('node', { read: first, shown: one }, second)
    expect(two.processes[0]).toBe(one.processes[0])
    expect(two.processes[1]).not.toBe(one.processes[1])
    expect(two.processes.map(({ cpuPercent }) => cpuPercent)).toEqual([0, 10])
    const three = rateTree('node', { read: second, shown: two }, treeOf(2000, second.processes))
    expect(three.processes.map(({ cpuPercent }) => cpuPercent)).toEqual([0, 0])
  })
})
