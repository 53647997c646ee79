import type { SupervisorEvent } from '../events.ts'

/** What is kept for readers that come back, in processes and other events. */
const MAX_WEIGHT = 5000

/** The newest events with the transient ones, for streams that are taken up again. */
export interface RecentEvents {
  push(event: SupervisorEvent): void
  /** Those after `seq`; undefined: some of them are not here any more. */
  since(seq: number): readonly SupervisorEvent[] | undefined
  /** Begins anew: whatever came up to `seq` is not here. */
  restart(seq: number): void
}

export function createRecentEvents(maxWeight = MAX_WEIGHT): RecentEvents {
  let events: SupervisorEvent[] = []
  let first = 0
  let weight = 0
  let completeAfter = 0

  return {
    push(event) {
      events.push(event)
      weight += weightOf(event)
      while (weight > maxWeight && first < events.length - 1) {
        const oldest = events[first]
        if (oldest === undefined) return
        weight -= weightOf(oldest)
        completeAfter = oldest.seq
        first += 1
      }
      if (first < 1024 || first * 2 < events.length) return
      events = events.slice(first)
      first = 0
    },
    since(seq) {
      if (seq < completeAfter) return undefined
      const at = events.findIndex((event, index) => index >= first && event.seq > seq)
      return at === -1 ? [] : events.slice(at)
    },
    restart(seq) {
      events = []
      first = 0
      weight = 0
      completeAfter = seq
    }
  }
}

function weightOf(event: SupervisorEvent): number {
  if (event.type === 'refreshed') return event.samples.reduce((sum, { processes }) => sum + 1 + processes.length, 1)
  if (event.type === 'receipt-opened' || event.type === 'receipt-closed') return 1 + event.receipt.tree.length + event.receipt.window.length
  return 1
}
