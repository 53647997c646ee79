import type { TreeSample } from '../process/sample.ts'
import type { LedgerEntry, StopReason } from '../receipt.ts'
import { type CpuJudgement, judgeCpu } from './judge-cpu.ts'
import { judgeMemory, type MemoryJudgement } from './judge-memory.ts'
import { isTooLong, NOT_OVER } from './latency.ts'
import { type CheckContext, forLife, isOfLife, type WatchState } from './watch-state.ts'

export { needsPss } from './judge-memory.ts'
export { type CheckContext, NOTHING_SEEN, type WatchState } from './watch-state.ts'

/** Kept of the ledger. */
const MAX_LEDGER = 120

export type Rule = 'cpu' | 'memory'

export interface Exceeding {
  readonly rule: Rule
  readonly arithmetic: string
  /** Until the stop, if it goes on like this. */
  readonly secondsLeft: number
}

export interface CheckResult {
  readonly watch: WatchState
  readonly entry: LedgerEntry
  /** Rules whose limit is exceeded now, and those that no longer are. */
  readonly began: readonly Exceeding[]
  readonly recovered: readonly Rule[]
  /** The node is to be stopped for this; undefined while everything is within its limits, latency or start-up delay. */
  readonly broken: StopReason | undefined
}

/**
 * One check of one node. `pssBytes`: where `needsPss` asked for it and it could be read. Pure.
 * A sample of another life resets the counters and never stops anything.
 */
export function check(watch: WatchState, sample: TreeSample, pssBytes: number | undefined, context: CheckContext): CheckResult {
  const before = forLife(watch, context)
  if (!isOfLife(sample, context)) return foreign(before, sample, context)
  const cpu = judgeCpu(before, sample, context)
  const memory = judgeMemory(before, sample, pssBytes, context)
  const entry: LedgerEntry = { time: context.time, intervalMs: cpu.intervalMs, cpu: cpu.entry, memory: memory.entry }
  const delayLeft = Math.max(0, context.settings.delayMs - (sample.at - (context.delayFrom ?? context.startedAt)))
  const over = exceedingNow(cpu, memory, delayLeft, context)
  return {
    watch: {
      leader: context.leader,
      previous: { at: sample.at, cpuMs: cpu.cumulativeMs },
      baseline: memory.baseline,
      cpu: cpu.sustained,
      memory: memory.sustained,
      ledger: [...before.ledger.slice(1 - MAX_LEDGER), entry]
    },
    entry,
    began: over.filter(({ rule }) => before[rule].inARow === 0),
    recovered: running(before).filter((rule) => !over.some((exceeding) => exceeding.rule === rule)),
    broken: delayLeft > 0 ? undefined : brokenLimit(cpu, memory, context)
  }
}

/** Rules whose counter runs. */
const running = (watch: WatchState): readonly Rule[] => (['cpu', 'memory'] as const).filter((rule) => watch[rule].inARow > 0)

function exceedingNow(cpu: CpuJudgement, memory: MemoryJudgement, delayLeft: number, { intervalMs }: CheckContext): readonly Exceeding[] {
  const secondsLeft = (latencyLeft: number): number => Math.max(delayLeft, latencyLeft, 0) / 1000
  const over: Exceeding[] = []
  if (cpu.entry.over) {
    over.push({ rule: 'cpu', arithmetic: cpu.arithmetic, secondsLeft: secondsLeft(cpu.entry.latencyMs - cpu.sustained.ms) })
  }
  if (memory.entry.over) {
    const latencyLeft = memory.entry.latencyMs - memory.sustained.ms
    const left = memory.certain ? latencyLeft : Math.max(latencyLeft, intervalMs)
    over.push({ rule: 'memory', arithmetic: memory.arithmetic, secondsLeft: secondsLeft(left) })
  }
  return over
}

function brokenLimit(cpu: CpuJudgement, memory: MemoryJudgement, { settings }: CheckContext): StopReason | undefined {
  const { limits } = settings
  if (isTooLong(cpu.sustained, limits.latency.value)) {
    return { kind: 'limit', rule: 'cpu', source: limits.cpu.source, arithmetic: cpu.arithmetic }
  }
  if (memory.certain && isTooLong(memory.sustained, limits.memoryLatency.value)) {
    return { kind: 'limit', rule: 'memory', source: limits.memory.source, arithmetic: memory.arithmetic }
  }
  return undefined
}

/** Nothing was measured of this life: the counters start again, the next check spans the gap, the ledger is left as it is. */
function foreign(before: WatchState, sample: TreeSample, { settings, time }: CheckContext): CheckResult {
  const { limits, scope } = settings
  const bytes = scope === 'process' ? sample.leaderRssBytes : sample.rssBytes
  const none = { over: false, sustainedMs: 0 }
  return {
    watch: { ...before, cpu: NOT_OVER, memory: NOT_OVER },
    entry: {
      time,
      intervalMs: 0,
      cpu: { ...none, usedMs: 0, budgetMs: 0, inARow: 0, latencyMs: limits.latency.value },
      memory: {
        ...none,
        bytes,
        measure: 'rss',
        baselineBytes: bytes,
        growthBytes: 0,
        limitBytes: limits.memory.value,
        latencyMs: limits.memoryLatency.value
      }
    },
    began: [],
    recovered: running(before),
    broken: undefined
  }
}
