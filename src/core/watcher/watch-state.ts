import { type Identity, sameProcess } from '../process/identity.ts'
import type { TreeSample } from '../process/sample.ts'
import type { LedgerEntry } from '../receipt.ts'
import type { Compat, NodeSettings } from '../settings.ts'
import type { Baseline } from './baseline.ts'
import { NOT_OVER, type Sustained } from './latency.ts'

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
  /** What the start-up delay counts from, monotonic ms: the life's own start, or under osquery's rules the worker's, even for an extension. */
  readonly delayFrom?: number
  /** Wall clock of this check, ISO 8601. */
  readonly time: string
}

/** Measured time since the check before, or since the start, ms. */
export const measuredMs = (watch: WatchState, sample: TreeSample, { startedAt }: CheckContext): number =>
  Math.max(0, sample.at - (watch.previous?.at ?? startedAt))

/** A new life: what was seen of another one says nothing about it. The baseline survives a respawn under osquery's rules. */
export function forLife(watch: WatchState, { leader, startedAt, compat }: CheckContext): WatchState {
  if (watch.leader !== undefined && sameProcess(watch.leader, leader)) return watch
  const baseline = compat === 'osquery' ? watch.baseline : undefined
  return { ...NOTHING_SEEN, leader, previous: { at: startedAt, cpuMs: 0 }, baseline }
}

/** Whether the sample is of this very life: not of the one before, nor of a process that got the leader's number. */
export const isOfLife = (sample: TreeSample, { leader, startedAt }: CheckContext): boolean =>
  sample.at >= startedAt && sample.processes.some((process) => sameProcess(process, leader))
