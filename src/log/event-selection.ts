import type { SupervisorEvent } from '../core/events.ts'
import type { Receipt } from '../core/receipt.ts'

/** An event as it was written: with the run that it belongs to. */
export type WrittenEvent = SupervisorEvent & { readonly run?: string }
/** Of an earlier run, where it has a `run`. */
export type WrittenReceipt = Receipt & { readonly run?: string }

export interface EventRequest {
  /** Of this run, after the event of this number. */
  readonly since: number
  readonly node: string | undefined
  readonly most: number
  /** `all`: earlier ones too. */
  readonly runs: 'this' | 'all'
}

/** Takes events newest first, until it says that it has enough. */
export interface Selection<T> {
  take(event: WrittenEvent): 'more' | 'enough'
  /** How many it has found so far. */
  count(): number
  /** Oldest first. */
  found(): readonly T[]
}

export function selectEvents({ since, node, most, runs }: EventRequest, runId: string): Selection<WrittenEvent> {
  const found: WrittenEvent[] = []
  /** A line may stand there twice where a write was cut short. */
  let last = Number.POSITIVE_INFINITY

  const isWanted = (event: WrittenEvent): boolean => {
    if (node !== undefined && event.node !== node) return false
    if (event.run !== runId) return runs === 'all'
    const isNew = event.seq > since && event.seq < last
    last = Math.min(last, event.seq)
    return isNew
  }

  return {
    take(event) {
      if (isWanted(event)) found.push(event)
      const isBeginning = runs === 'this' && event.run === runId && event.seq <= Math.max(1, since)
      return isBeginning || found.length >= most ? 'enough' : 'more'
    },
    count: () => found.length,
    found: () => found.toReversed()
  }
}

/** The newest of each receipt. */
export function selectReceipts({ most, runs }: Pick<EventRequest, 'most' | 'runs'>, runId: string): Selection<WrittenReceipt> {
  const found = new Map<string, WrittenReceipt>()
  return {
    take(event) {
      const isOurs = event.run === runId
      const receipt = receiptOf(event)
      const key = `${event.run} ${receipt?.id}`
      if (receipt !== undefined && (isOurs || runs === 'all') && !found.has(key)) {
        found.set(key, isOurs || event.run === undefined ? receipt : { ...receipt, run: event.run })
      }
      const isBeginning = runs === 'this' && isOurs && event.seq <= 1
      return isBeginning || found.size >= most ? 'enough' : 'more'
    },
    count: () => found.size,
    found: () => [...found.values()].reverse()
  }
}

function receiptOf(event: WrittenEvent): Receipt | undefined {
  return event.type === 'receipt-opened' || event.type === 'receipt-closed' || event.type === 'orphan-acted' ? event.receipt : undefined
}
