import { describe, expect, test } from 'vitest'
import * as config from '../../src/config/levels.ts'
import { INTERVAL_MS, LEVELS } from '../../src/core/watcher/levels.ts'
import { cpuArithmetic, cpuBudgetMs, memoryArithmetic, memoryGrowth } from '../../src/core/watcher/limits.ts'
import { judgeOwnHealth } from '../../src/core/watcher/own-health.ts'
import { isLookedAt } from '../../src/core/watcher/pass.ts'
import { MB } from './node-settings.ts'

describe('limits by level', () => {
  test.each([
    ['normal', 200, 10, 12, 4, 5],
    ['restrictive', 100, 5, 6, 4, 5],
    ['disabled', 10_000, 100, 1000, 1000, 1]
  ] as const)('%s', (level, memory, cpu, latency, respawnLimit, respawnDelay) => {
    expect(LEVELS[level]).toEqual({ memory: memory * MB, cpu, latency: latency * 1000, respawnLimit, respawnDelay: respawnDelay * 1000 })
  })

  test('the configuration has the same table', () => {
    expect([config.LEVELS, config.INTERVAL_MS]).toEqual([LEVELS, INTERVAL_MS])
  })
})

describe('arithmetic', () => {
  test('min(percent, 100) / 100 x interval x CPUs', () => {
    expect([cpuBudgetMs(10, 3000, 2), cpuBudgetMs(100, 3000, 4), cpuBudgetMs(150, 3000, 4), cpuBudgetMs(5, 3000, 0.5)]).toEqual([
      600, 12_000, 12_000, 75
    ])
  })

  test('growth is never negative', () => {
    expect(memoryGrowth(10, 20)).toBe(0)
  })

  test('figures that differ are shown apart', () => {
    const memory = { bytes: 200.04 * MB, measure: 'rss', baselineBytes: 0, growthBytes: 200.04 * MB, limitBytes: 200 * MB } as const
    expect(memoryArithmetic({ ...memory, sustainedMs: 3000, latencyMs: 0 })).toContain('= 200.04 MB > 200 MB')
    const cpu = { usedMs: 600.4, budgetMs: 600, percent: 10, intervalMs: 3000, cpus: 1, inARow: 1, sustainedMs: 11_960, latencyMs: 12_000 }
    expect(cpuArithmetic(cpu)).toBe('CPU 600.4 ms > 600 ms = 10% x 3000 ms x 1 CPU, 1 check in a row, 11.96 s < 12 s')
  })
})

describe('own health', () => {
  test.each([
    [100, true, 'none'],
    [100, false, 'none'],
    [101, true, 'close-interface'],
    [101, false, 'shutdown']
  ] as const)('%i of 100 bytes, interface %s: %s', (rssBytes, hasInterface, decision) => {
    expect(judgeOwnHealth({ rssBytes, limitBytes: 100, hasInterface })).toBe(decision)
  })
})

describe('who is looked at', () => {
  const extension = { kind: 'extension', watched: true, delayMs: 60_000 } as const
  test("under compat no extension during the worker's start-up delay", () => {
    expect([59_999, 60_000, undefined].map((uptime) => isLookedAt(extension, uptime, 'osquery'))).toEqual([false, true, true])
    expect(isLookedAt({ ...extension, kind: 'worker' }, 0, 'osquery')).toBe(true)
  })

  test('ours looks at every watched child from the start', () => {
    expect(isLookedAt(extension, 0, 'none')).toBe(true)
    expect(isLookedAt({ ...extension, watched: false }, 90_000, 'none')).toBe(false)
  })
})
