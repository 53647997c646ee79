import { type Identity, sameProcess } from '../process/identity.ts'
import type { TreeSample } from '../process/sample.ts'
import type { LedgerEntry, StopReason } from '../receipt.ts'
import type { Compat, NodeSettings } from '../settings.ts'
import { type Baseline, isBaselineDue } from './baseline.ts'
import { isTooLong, NOT_OVER, type Sustained, sustain } from './latency.ts'
import { cpuArithmetic, cpuBudgetMs, memoryArithmetic, memoryGrowth } from './limits.ts'

/** Kept of the ledger. */
const MAX_LEDGER = 120

/** What the watchdog remembers of one node between two checks. */
export interface WatchState {
  /** The life that the figures belong to. */
  readonly leader: Identity | undefined
  readonly previous: { readonly at: number; readonly cpuMs: number } | undefined
  readonly baseline: Baseline | undefined
  readonly cpu: Sustained
  readonly memory: Sustained
  /** Oldest first. */
  readonly ledger: readonly LedgerEntry[]
}

export const NOTHING_SEEN: WatchState = {
  leader: undefined,
  previous: undefined,
  baseline: undefined,
  cpu: NOT_OVER,
  memory: NOT_OVER,
  ledger: []
}

export interface CheckContext {
  readonly settings: Pick<NodeSettings, 'limits' | 'scope' | 'delayMs'>
  readonly compat: Compat
  /** Nominal time between two checks. */
  readonly intervalMs: number
  readonly logicalCpus: number
  /** Of the life that is checked; monotonic ms. */
  readonly leader: Identity
  readonly startedAt: number
  /** Wall clock of this check, ISO 8601. */
  readonly time: string
}

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

/** A new life: what was seen of another one says nothing about it. The baseline survives a respawn under osquery's rules. */
export function forLife(watch: WatchState, { leader, startedAt, compat }: CheckContext): WatchState {
  if (watch.leader !== undefined && sameProcess(watch.leader, leader)) return watch
  return {
    ...NOTHING_SEEN,
    leader,
    previous: { at: startedAt, cpuMs: 0 },
    baseline: compat === 'osquery' ? watch.baseline : undefined,
    ledger: []
  }
}

/**
 * Whether this check needs the sum of PSS: for the baseline, and where the sum of RSS raises suspicion
 * (forks share pages, so their RSS counts them several times). It costs some 40 us a process.
 */
export function needsPss(watch: WatchState, sample: TreeSample, context: CheckContext): boolean {
  if (context.compat === 'osquery' || context.settings.scope === 'process') return false
  const current = forLife(watch, context)
  if (isBaselineDue(current.baseline, sample.at - context.startedAt, context.intervalMs, context.compat)) return true
  if (current.baseline === undefined) return false
  return memoryGrowth(sample.rssBytes, current.baseline.rssBytes) > context.settings.limits.memory.value
}

/** One check of one node. `pssBytes`: where `needsPss` asked for it and it could be read. Pure. */
export function check(watch: WatchState, sample: TreeSample, pssBytes: number | undefined, context: CheckContext): CheckResult {
  const before = forLife(watch, context)
  const { limits, delayMs } = context.settings
  const uptimeMs = sample.at - context.startedAt
  const cpu = judgeCpu(before, sample, context)
  const memory = judgeMemory(before, sample, pssBytes, context)
  const entry: LedgerEntry = { time: context.time, intervalMs: cpu.intervalMs, cpu: cpu.entry, memory: memory.entry }

  const delayLeft = Math.max(0, delayMs - uptimeMs)
  const left = (latencyMs: number, sustained: Sustained): number => Math.max(delayLeft, latencyMs - sustained.ms, 0) / 1000
  const over: Exceeding[] = []
  if (cpu.entry.over) over.push({ rule: 'cpu', arithmetic: cpu.arithmetic, secondsLeft: left(limits.latency.value, cpu.sustained) })
  if (memory.entry.over) {
    over.push({ rule: 'memory', arithmetic: memory.arithmetic, secondsLeft: left(limits.memoryLatency.value, memory.sustained) })
  }
  const wasOver: Record<Rule, boolean> = { cpu: before.cpu.inARow > 0, memory: before.memory.inARow > 0 }

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
    began: over.filter(({ rule }) => !wasOver[rule]),
    recovered: (['cpu', 'memory'] as const).filter((rule) => wasOver[rule] && !over.some((exceeding) => exceeding.rule === rule)),
    broken: delayLeft > 0 ? undefined : brokenLimit(cpu, memory, context)
  }
}

type CpuJudgement = ReturnType<typeof judgeCpu>
type MemoryJudgement = ReturnType<typeof judgeMemory>

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

function judgeCpu(before: WatchState, sample: TreeSample, context: CheckContext) {
  const { limits, scope } = context.settings
  const cumulativeMs = scope === 'process' ? sample.leaderCpuMs : sample.cpuMs
  const previous = before.previous ?? { at: context.startedAt, cpuMs: 0 }
  const measuredMs = Math.max(0, sample.at - previous.at)
  const intervalMs = context.compat === 'osquery' ? context.intervalMs : measuredMs
  const usedMs = Math.max(0, cumulativeMs - previous.cpuMs)
  const budgetMs = cpuBudgetMs(limits.cpu.value, intervalMs, context.logicalCpus)
  const over = usedMs > budgetMs
  const sustained = sustain(before.cpu, over, measuredMs, context.intervalMs, context.compat)
  const latencyMs = limits.latency.value
  const arithmetic = cpuArithmetic({
    usedMs,
    budgetMs,
    percent: Math.min(limits.cpu.value, 100),
    intervalMs,
    cpus: context.logicalCpus,
    inARow: sustained.inARow,
    sustainedMs: sustained.ms,
    latencyMs
  })
  const entry: LedgerEntry['cpu'] = { usedMs, budgetMs, over, inARow: sustained.inARow, sustainedMs: sustained.ms, latencyMs }
  return { entry, sustained, arithmetic, cumulativeMs, intervalMs }
}

function judgeMemory(before: WatchState, sample: TreeSample, pssBytes: number | undefined, context: CheckContext) {
  const { limits, scope } = context.settings
  const rssBytes = scope === 'process' ? sample.leaderRssBytes : sample.rssBytes
  const due = isBaselineDue(before.baseline, sample.at - context.startedAt, context.intervalMs, context.compat)
  const baseline = due ? { rssBytes, pssBytes } : before.baseline
  const comparable = pssBytes !== undefined && baseline?.pssBytes !== undefined
  const bytes = comparable ? pssBytes : rssBytes
  const baselineBytes = (comparable ? baseline.pssBytes : baseline?.rssBytes) ?? bytes
  const limitBytes = limits.memory.value
  const growthBytes = memoryGrowth(bytes, baselineBytes)
  const over = growthBytes > limitBytes
  const measuredMs = Math.max(0, sample.at - (before.previous?.at ?? context.startedAt))
  const sustained = sustain(before.memory, over, measuredMs, context.intervalMs, context.compat)
  const latencyMs = limits.memoryLatency.value
  const figures = {
    bytes,
    measure: comparable ? 'pss' : 'rss',
    baselineBytes,
    growthBytes,
    limitBytes,
    sustainedMs: sustained.ms,
    latencyMs
  } as const
  const { measure } = figures
  const entry: LedgerEntry['memory'] = {
    bytes,
    measure,
    baselineBytes,
    growthBytes,
    limitBytes,
    over,
    sustainedMs: sustained.ms,
    latencyMs
  }
  // A sum of RSS alone may count shared pages twice: it has to say so twice.
  const certain = comparable || context.compat === 'osquery' || scope === 'process' || sustained.inARow >= 2
  return { entry, sustained, certain, baseline, arithmetic: memoryArithmetic(figures) }
}
