import { isTransient, type SupervisorEvent } from '../core/events.ts'
import type { Receipt } from '../core/receipt.ts'
import type { SupervisorState } from '../store.ts'
import { BOUNDS, pushBounded } from './bounded.ts'

type Records = Pick<SupervisorState, 'events' | 'receipts' | 'problems'>

/** What an event adds to what is remembered: the events themselves, the receipts, the problems. */
export function reduceRecords(records: Records, event: SupervisorEvent): Records {
  if (isTransient(event.type)) return records
  return {
    events: pushBounded(records.events, event, BOUNDS.events),
    receipts: reduceReceipts(records.receipts, event),
    problems: isProblem(event) ? pushBounded(records.problems, event, BOUNDS.problems) : records.problems
  }
}

const isProblem = (event: SupervisorEvent): boolean => event.type === 'problem' || event.type === 'self-unhealthy'

function reduceReceipts(receipts: readonly Receipt[], event: SupervisorEvent): readonly Receipt[] {
  switch (event.type) {
    case 'receipt-opened':
    case 'receipt-closed':
    case 'orphan-acted':
      return put(receipts, event.receipt)
    default:
      return receipts
  }
}

const put = (receipts: readonly Receipt[], receipt: Receipt): readonly Receipt[] =>
  receipts.some((known) => known.id === receipt.id)
    ? receipts.map((known) => (known.id === receipt.id ? receipt : known))
    : pushBounded(receipts, receipt, BOUNDS.receipts)
