import type { Emit, EventBody } from '../../events.ts'
import type { Receipt } from '../../receipt.ts'
import type { Identity } from '../identity.ts'

type Ancestry = NonNullable<Receipt['ancestry']>

/** Open receipts whose ancestry is remembered: at the end of its leader it can be looked up no more. */
const MOST_OPEN = 1000
/** Of an ancestor's command line: enough to know it, too little for what others pass in their arguments. */
const LONGEST_COMMAND = 120

const shortened = (ancestor: Ancestry[number]): Ancestry[number] => ({ ...ancestor, command: ancestor.command.slice(0, LONGEST_COMMAND) })

/** The same emitter; every receipt that passes says where its leader came from. */
export function withAncestry(emit: Emit, ancestryOf: (leader: Identity) => Ancestry): Emit {
  const opened = new Map<number, Ancestry>()

  const complete = (receipt: Receipt): Receipt => {
    const ancestry = opened.get(receipt.id) ?? ancestryOf(receipt.leader).map(shortened)
    if (receipt.closedAt !== undefined) opened.delete(receipt.id)
    else if (opened.size < MOST_OPEN) opened.set(receipt.id, ancestry)
    return { ...receipt, ancestry }
  }

  const completed = (body: EventBody): EventBody => {
    switch (body.type) {
      case 'receipt-opened':
      case 'receipt-closed':
      case 'orphan-acted':
        return { ...body, receipt: complete(body.receipt) }
      default:
        return body
    }
  }

  return (body, subject) => emit(completed(body), subject)
}
