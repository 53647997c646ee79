import { describe, expect, test } from 'vitest'
import { CheckDrive, process } from './check-drive.ts'
import { byDefault, limits, MB } from './node-settings.ts'

/** 10% x 3000 ms x 2 CPUs */
const BUDGET = 600

describe('CPU', () => {
  test('the budget of a sample: exactly at it is within, above it counts', () => {
    const node = new CheckDrive()
    expect(node.check({ cpu: BUDGET }).entry.cpu).toMatchObject({ usedMs: 600, budgetMs: 600, over: false, inARow: 0 })
    expect(node.check({ cpu: BUDGET + 0.1 }).entry.cpu).toMatchObject({ over: true, inARow: 1 })
  })

  test('normal level: broken at the fourth check in a row, 12 s >= 12 s, and not before', () => {
    const node = new CheckDrive()
    for (let turn = 0; turn < 3; turn++) expect(node.check({ cpu: 3120 }).broken).toBeUndefined()
    expect(node.check({ cpu: 3120 }).broken).toEqual({
      kind: 'limit',
      rule: 'cpu',
      source: { kind: 'default' },
      arithmetic: 'CPU 3120 ms > 600 ms = 10% x 3000 ms x 2 CPUs, 4 checks in a row, 12 s >= 12 s'
    })
  })

  test('one check within the budget starts the counter again', () => {
    const node = new CheckDrive()
    for (let turn = 0; turn < 20; turn++) expect(node.check({ cpu: turn % 4 === 3 ? 0 : 3120 }).broken).toBeUndefined()
  })

  test('the budget uses the measured time between samples', () => {
    expect(new CheckDrive().check({ cpu: 1100 }, 6000).entry).toMatchObject({ intervalMs: 6000, cpu: { budgetMs: 1200, over: false } })
  })

  test('the window counts measured time: two checks of 6 s are 12 s', () => {
    const node = new CheckDrive()
    expect(node.check({ cpu: 5000 }, 6000).broken).toBeUndefined()
    expect(node.check({ cpu: 5000 }, 6000).broken).toMatchObject({ rule: 'cpu' })
  })

  test('timers are a little late or early: still the fourth check', () => {
    const node = new CheckDrive()
    for (const ms of [3040, 2990, 2980]) expect(node.check({ cpu: 3120 }, ms).broken).toBeUndefined()
    expect(node.check({ cpu: 3120 }, 2985).broken).toBeDefined()
  })

  test('more than 100 percent counts as 100', () => {
    expect(new CheckDrive({ limits: limits({ cpu: byDefault(400) }) }).check().entry.cpu.budgetMs).toBe(6000)
  })

  test('tells when the counter starts, how long is left, and when it ends', () => {
    const node = new CheckDrive()
    expect(node.check({ cpu: 3120 }).began).toMatchObject([{ rule: 'cpu', secondsLeft: 9 }])
    expect(node.check({ cpu: 3120 })).toMatchObject({ began: [], recovered: [] })
    expect(node.check()).toMatchObject({ began: [], recovered: ['cpu'] })
    expect(node.check()).toMatchObject({ began: [], recovered: [] })
  })
})

describe('memory', () => {
  test('growth above the baseline: exactly at the limit is within, one byte more is broken at once', () => {
    const node = new CheckDrive()
    node.check({ rss: 120 * MB })
    expect(node.check({ rss: 320 * MB }).broken).toBeUndefined()
    expect(node.check({ rss: 320 * MB + 1 }).broken).toMatchObject({ rule: 'memory' })
  })

  test('the arithmetic', () => {
    const node = new CheckDrive()
    node.check({ rss: 120 * MB })
    const { broken } = node.check({ rss: 340 * MB })
    expect(broken).toMatchObject({ arithmetic: 'memory 340 MB (PSS) - 120 MB baseline = 220 MB > 200 MB' })
  })

  test('memoryLatency asks for a window', () => {
    const node = new CheckDrive({ limits: limits({ memoryLatency: byDefault(6000) }) })
    node.check()
    expect(node.check({ rss: 400 * MB })).toMatchObject({ broken: undefined, began: [{ rule: 'memory', secondsLeft: 3 }] })
    expect(node.check({ rss: 400 * MB }).broken).toMatchObject({ rule: 'memory' })
  })

  test('a process that forks shares its pages: the sum of RSS raises suspicion, the sum of PSS decides', () => {
    const node = new CheckDrive({ limits: limits({ memory: byDefault(100 * MB) }) })
    node.check({ rss: 150 * MB, pss: 150 * MB })
    for (let turn = 0; turn < 10; turn++) {
      expect(node.check({ rss: 322 * MB, pss: 163 * MB })).toMatchObject({
        broken: undefined,
        began: [],
        entry: { memory: { measure: 'pss' } }
      })
    }
    expect(node.check({ rss: 522 * MB, pss: 251 * MB }).broken).toMatchObject({ rule: 'memory' })
  })

  test('pages that are no longer shared: the RSS stays, the PSS grows, and that is seen', () => {
    const node = new CheckDrive()
    node.check({ rss: 1000 * MB, pss: 100 * MB })
    expect(node.check({ rss: 1000 * MB, pss: 900 * MB }).broken).toMatchObject({ rule: 'memory' })
  })

  test('PSS is read for the baseline and on suspicion, not otherwise', () => {
    const node = new CheckDrive()
    for (let turn = 0; turn < 10; turn++) node.check()
    expect(node.pssReads).toBe(1)
    node.check({ rss: 301 * MB })
    expect(node.pssReads).toBe(2)
  })

  test('where PSS cannot be read, two samples in a row', () => {
    const node = new CheckDrive()
    node.check({ pss: undefined })
    const first = node.check({ rss: 400 * MB, pss: undefined })
    expect(first).toMatchObject({ broken: undefined, began: [{ secondsLeft: 3 }], entry: { memory: { over: true, measure: 'rss' } } })
    expect(node.check({ pss: undefined }).recovered).toEqual(['memory'])
    expect(node.check({ rss: 400 * MB, pss: undefined }).broken).toBeUndefined()
    expect(node.check({ rss: 400 * MB, pss: undefined }).broken).toMatchObject({ rule: 'memory' })
  })

  test('a PSS baseline that cannot be read at its check is read at a later one, and counts from then on', () => {
    const node = new CheckDrive({ limits: limits({ memory: byDefault(100 * MB) }) })
    node.check({ rss: 150 * MB, pss: undefined })
    expect(node.check({ rss: 150 * MB, pss: 140 * MB }).watch.baseline).toEqual({ rssBytes: 150 * MB, pssBytes: 140 * MB })
    node.check({ rss: 150 * MB })
    expect(node.pssReads).toBe(2)
    // forks that share their pages: under RSS alone the second of these would have stopped it
    for (let turn = 0; turn < 3; turn++) expect(node.check({ rss: 322 * MB, pss: 163 * MB }).began).toEqual([])
    expect(node.check({ rss: 322 * MB, pss: 241 * MB }).broken).toMatchObject({ rule: 'memory' })
  })

  test('what grew before the PSS could be read is not forgiven', () => {
    const node = new CheckDrive({ limits: limits({ memory: byDefault(100 * MB) }) })
    node.check({ rss: 150 * MB, pss: undefined })
    const { broken, watch } = node.check({ rss: 400 * MB, pss: 390 * MB })
    expect([broken?.kind, watch.baseline?.pssBytes]).toEqual(['limit', 150 * MB])
  })

  test('scope process uses the figures of the leader, on one sample', () => {
    const node = new CheckDrive({ scope: 'process' })
    node.check({ rss: 900 * MB, leaderRss: 50 * MB })
    expect(node.check({ rss: 1900 * MB, leaderRss: 250 * MB }).broken).toBeUndefined()
    expect(node.check({ rss: 1900 * MB, leaderRss: 251 * MB }).broken).toMatchObject({ rule: 'memory' })
    expect(node.pssReads).toBe(0)
  })
})

describe('baseline', () => {
  test('taken at the first check at least one interval after the start', () => {
    const node = new CheckDrive()
    expect(node.check({ rss: 500 * MB }, 2999).watch.baseline).toBeUndefined()
    expect(node.check({ rss: 700 * MB }, 1).watch.baseline).toEqual({ rssBytes: 700 * MB, pssBytes: 700 * MB })
    expect(node.check({ rss: 10 * MB }).watch.baseline?.rssBytes).toBe(700 * MB)
  })

  test('taken for each incarnation', () => {
    const node = new CheckDrive()
    node.check({ rss: 500 * MB })
    expect(node.respawn(4300).check({ rss: 100 * MB }).watch.baseline?.rssBytes).toBe(100 * MB)
  })

  test('later members of the tree count fully', () => {
    const node = new CheckDrive()
    node.check({ rss: 100 * MB })
    expect(node.check({ rss: 301 * MB }).entry.memory.growthBytes).toBe(201 * MB)
  })

  test('under compat the first sample after the spawn, and it survives a respawn', () => {
    const node = new CheckDrive({ scope: 'process' }, 'osquery')
    node.check({ rss: 100 * MB }, 1)
    node.respawn(4300)
    expect(node.check({ rss: 290 * MB }).entry.memory).toMatchObject({ baselineBytes: 100 * MB, growthBytes: 190 * MB })
    expect(node.check({ rss: 301 * MB }).broken).toMatchObject({ rule: 'memory' })
  })
})

describe('start-up delay', () => {
  test('no limit stops before it; counters accumulate in it', () => {
    const node = new CheckDrive({ delayMs: 60_000 })
    for (let turn = 1; turn < 20; turn++) expect(node.check({ cpu: 3120 }).broken).toBeUndefined()
    const { broken, entry } = node.check({ cpu: 3120 })
    expect(broken).toMatchObject({ rule: 'cpu' })
    expect(entry.cpu.inARow).toBe(20)
  })

  test('the seconds left include it', () => {
    expect(new CheckDrive({ delayMs: 60_000 }).check({ cpu: 3120 }).began[0]?.secondsLeft).toBe(57)
  })

  test("each child's own start, or the worker's where that is given", () => {
    const node = new CheckDrive({ delayMs: 60_000 }, 'osquery')
    node.context = { ...node.context, delayFrom: -60_000 }
    node.check()
    expect(node.check({ rss: 400 * MB }).broken).toMatchObject({ rule: 'memory' })
  })
})

describe('a sample of another process', () => {
  test('with the same number, started at another time: the counters start again, nothing is stopped', () => {
    const node = new CheckDrive()
    for (let turn = 0; turn < 3; turn++) node.check({ cpu: 3120 })
    node.at += 3000
    const recycled = { ...node.sample({ cpu: 3120, rss: 9000 * MB }), processes: [process(4211, 999)] }
    const result = node.judge(recycled)
    expect(result).toMatchObject({ broken: undefined, began: [], recovered: ['cpu'], watch: { cpu: { inARow: 0 } } })
    expect(result.watch.ledger).toHaveLength(3)
    expect(node.check({ cpu: 3120 }).broken).toBeUndefined()
  })

  test('taken before this life began: says nothing about it', () => {
    const node = new CheckDrive({ delayMs: 0 })
    const old = node.sample({ cpu: 99_000, rss: 9000 * MB })
    node.at = 10
    node.respawn(4300)
    expect(node.judge(old)).toMatchObject({ broken: undefined, watch: { previous: { at: 10, cpuMs: 0 } } })
  })

  test('of this very process, but taken before it passed the gate', () => {
    const node = new CheckDrive()
    node.context = { ...node.context, startedAt: 3000 }
    node.at = 2999
    expect(node.judge(node.sample({ cpu: 99_000 })).watch.previous).toEqual({ at: 3000, cpuMs: 0 })
  })

  test('without any member left', () => {
    const node = new CheckDrive()
    node.at += 3000
    expect(node.judge({ ...node.sample({}), processes: [] }).broken).toBeUndefined()
  })
})

test('the ledger keeps the newest 120', () => {
  const node = new CheckDrive()
  for (let turn = 1; turn <= 200; turn++) node.check({ cpu: turn })
  expect(node.watch.ledger).toHaveLength(120)
  expect(node.watch.ledger.map((entry) => entry.cpu.usedMs)).toEqual(Array.from({ length: 120 }, (_, index) => 81 + index))
})

test('a hot edit of a limit acts at the next check', () => {
  const node = new CheckDrive()
  node.check()
  expect(node.check({ rss: 150 * MB }).broken).toBeUndefined()
  const source = { kind: 'hot-edit', at: 'now' } as const
  node.context = { ...node.context, settings: { ...node.context.settings, limits: limits({ memory: { value: 10 * MB, source } }) } }
  expect(node.check({ rss: 150 * MB }).broken).toMatchObject({ source })
})
