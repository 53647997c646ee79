import { type Identity, sameProcess } from '../process/identity.ts'
import { type Asker, type Refusal, refusalOfTarget, refusalOfUser } from './authority.ts'
import type { Book } from './book.ts'
import type { SelfFacts } from './facts.ts'
import type { JournalPair } from './journal-records.ts'
import type { Meet, Met } from './meet.ts'
import type { Teller } from './teller.ts'

export interface RestoreOptions {
  readonly book: Book
  readonly meet: Meet
  readonly self: SelfFacts
  readonly teller: Teller
}

export interface Restored {
  /** Pairs that do not count any more. */
  readonly dropped: readonly JournalPair[]
  /** Parents that died while nobody watched. */
  readonly deadParents: readonly Identity[]
}

const REGISTER = 1

/**
 * Takes up the registrations that a former run left: those whose child is still that child and still its registrant's to end;
 * reaper: durable.
 */
export function restorePairs(left: readonly JournalPair[], options: RestoreOptions): Restored {
  const dropped: JournalPair[] = []
  const deadParents: Identity[] = []
  for (const pair of left) {
    const outcome = restore(pair, options)
    if (outcome === 'dropped') dropped.push(pair)
    if (outcome === 'orphaned') deadParents.push(pair.parent)
  }
  return { dropped, deadParents }
}

function restore(pair: JournalPair, { book, meet, self, teller }: RestoreOptions): 'armed' | 'orphaned' | 'dropped' {
  const child = meet(pair.child.pid, true)
  if (typeof child === 'string') return 'dropped'
  const asker: Asker = { uid: pair.uid, pid: 0, startTime: undefined, standing: 'exited', name: '' }
  const refuse = (why: Refusal): 'dropped' => {
    teller.refused({ parent: pair.parent.pid, child: pair.child.pid, code: REGISTER }, 'restore', why, asker)
    return 'dropped'
  }
  const refused = refusalOf(pair, child, self)
  if (refused !== undefined) {
    child.pin.drop()
    return refused === 'gone' ? 'dropped' : refuse(refused)
  }
  const parent = meetParent(pair, meet)
  const added = book.enter({ ...pair, by: teller.who(asker) }, { child: child.pin, parent: parent?.pin }, 'restored')
  if (added === 'added') return parent === undefined ? 'orphaned' : 'armed'
  return added === 'duplicate' ? 'dropped' : refuse(added)
}

/** undefined: it died, whoever has its number now. */
function meetParent(pair: JournalPair, meet: Meet): Met | undefined {
  const parent = meet(pair.parent.pid, false)
  if (typeof parent === 'string') return undefined
  if (sameProcess(parent.facts, pair.parent) && !parent.facts.ended) return parent
  parent.pin.drop()
  return undefined
}

function refusalOf(pair: JournalPair, { facts }: Met, self: SelfFacts): Refusal | undefined {
  if (!sameProcess(facts, pair.child)) return 'gone'
  return refusalOfTarget(facts, self) ?? refusalOfUser(pair.uid, facts, self)
}
