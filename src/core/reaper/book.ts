import type { Deaths, Pin } from './deaths.ts'
import type { Journal } from './journal.ts'
import type { Added, Pair, Registry } from './registry.ts'

/** What a pair holds while it is registered. */
export interface PairPins {
  readonly child: Pin
  /** undefined: the parent is dead already. */
  readonly parent: Pin | undefined
}

/** The registry with what belongs to it: the watches of both processes and the journal. */
export interface Book {
  /** The pins are taken over, or dropped if nothing was added. */
  enter(pair: Pair, pins: PairPins): Added
  /** Lets go of pairs that were taken out of the registry. */
  strike(pairs: readonly Pair[]): void
  /** Everything until now is in the journal. */
  confirm(): void
}

export function createBook(registry: Registry, deaths: () => Deaths, journal: () => Journal | undefined): Book {
  return {
    enter(pair, pins) {
      const added = registry.add(pair)
      if (added !== 'added') {
        pins.child.drop()
        pins.parent?.drop()
        return added
      }
      deaths().watch(pair.child, pins.child)
      if (pins.parent !== undefined) deaths().watch(pair.parent, pins.parent)
      journal()?.added(pair)
      return added
    },
    strike(pairs) {
      for (const pair of pairs) {
        deaths().unwatch(pair.child)
        deaths().unwatch(pair.parent)
        journal()?.removed(pair)
      }
    },
    confirm: () => journal()?.flush()
  }
}
