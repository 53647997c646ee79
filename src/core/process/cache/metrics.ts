/** What the cache counts; process cache: metrics. */
export interface CacheCounts {
  readonly size: number
  readonly capacity: number
  readonly evictions: number
  /** Look-ups of what was not there, by operation. */
  readonly misses: Readonly<Record<MissedOperation, number>>
  /** References that were dropped on an entry that had been removed before. */
  readonly earlyDeletions: number
}

export type MissedOperation = 'get' | 'pid' | 'parent' | 'remove'

/** What the following of events counts. */
export interface FollowCounts {
  /** Events that came before what they are about was known, by kind, and were held back. */
  readonly retries: Readonly<Record<string, number>>
  /** Events that were told incomplete, or not at all. */
  readonly failures: Readonly<Record<string, number>>
  /** How often the kernel dropped events. */
  readonly losses: number
}

export interface MetricSample {
  readonly name: string
  readonly type: 'gauge' | 'counter'
  readonly help: string
  readonly values: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[]
}

/** The same for an exporter; nothing is left out, so that a counter is there from the first day. */
export function metricSamples(cache: CacheCounts, follow: FollowCounts): readonly MetricSample[] {
  return [
    one('process_cache_size', 'gauge', 'Images in the process cache.', cache.size),
    one('process_cache_capacity', 'gauge', 'Images that the process cache holds at most.', cache.capacity),
    one('process_cache_evictions_total', 'counter', 'Images removed for want of room.', cache.evictions),
    by('process_cache_misses_total', 'operation', 'Look-ups of what was not in the process cache.', cache.misses),
    one('process_cache_early_deletions_total', 'counter', 'References dropped on removed images.', cache.earlyDeletions),
    by('process_event_retries_total', 'kind', 'Process events held back until what they are about was known.', follow.retries),
    by('process_event_failures_total', 'kind', 'Process events told incomplete or not at all.', follow.failures),
    one('process_event_losses_total', 'counter', 'How often the kernel dropped process events.', follow.losses)
  ]
}

const one = (name: string, type: MetricSample['type'], help: string, value: number): MetricSample => ({
  name,
  type,
  help,
  values: [{ labels: {}, value }]
})

const by = (name: string, label: string, help: string, counts: Readonly<Record<string, number>>): MetricSample => ({
  name,
  type: 'counter',
  help,
  values: Object.entries(counts).map(([key, value]) => ({ labels: { [label]: key }, value }))
})
