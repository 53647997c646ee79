import type { Deaths, Pin, Watch } from './deaths.ts'
import type { Journal } from './journal.ts'
import type { Added, Registration, Registry } from './registry.ts'
import type { Left, Showing } from './showing.ts'

/** What a pair holds while it is registered. */
export interface PairPins {
  readonly child: Pin
  /** undefined: the parent is dead already. */
  readonly parent: Pin | undefined
}

/** The registry with what belongs to it: the watches of both processes, the journal, and what is shown of it. */
export interface Book {
  /** The pins are taken over, or dropped if nothing was added. `restored`: the journal has it already. */
  enter(pair: Registration, pins: PairPins, how: 'new' | 'restored'): Added
  /** The same pair, asked for once more with other terms. */
  renew(old: Registration, pair: Registration): void
  /** Lets go of pairs that were taken out of the registry. */
  strike(pairs: readonly Registration[], why: Left): void
  /** Everything until now is in the journal. */
  confirm(): void
}

export interface BookOptions {
  readonly registry: Registry
  readonly deaths: () => Deaths
  /** undefined: none is kept, or it is still being read. */
  readonly journal: () => Journal | undefined
  readonly showing: Showing
}

export function createBook({ registry, deaths, journal, showing }: BookOptions): Book {
  const watches = new Map<Registration, { readonly child: Watch; readonly parent: Watch | undefined }>()

  const leave = (pair: Registration, why: Left): void => {
    journal()?.removed(pair)
    showing.left(pair, why)
  }
  return {
    enter(pair, pins, how) {
      const added = registry.add(pair)
      if (added !== 'added') {
        pins.child.drop()
        pins.parent?.drop()
        return added
      }
      watches.set(pair, {
        child: deaths().watch(pair.child, pins.child),
        parent: pins.parent && deaths().watch(pair.parent, pins.parent)
      })
      journal()?.added(pair)
      showing.entered(pair, how)
      return added
    },
    renew(old, pair) {
      registry.remove(old)
      leave(old, pair.by)
      registry.add(pair)
      const own = watches.get(old)
      watches.delete(old)
      if (own !== undefined) watches.set(pair, own)
      journal()?.added(pair)
      showing.entered(pair, 'new')
    },
    strike(pairs, why) {
      for (const pair of pairs) {
        leave(pair, why)
        const own = watches.get(pair)
        watches.delete(pair)
        if (own === undefined) continue
        deaths().unwatch(own.child)
        if (own.parent !== undefined) deaths().unwatch(own.parent)
      }
    },
    confirm: () => journal()?.flush()
  }
}
