import type { ProcessImage } from './image.ts'
import type { Used } from './recency.ts'

/** Where an entry stands; process cache: deferred deletion. `deleted`: it is not in the cache any more. */
export type EntryState = 'in-use' | 'delete-pending' | 'delete-ready' | 'deleted'

/** Why an image is kept: it runs (`self`), or it is the parent of an image that is kept, whose execution id is the reason. */
export type Reason = string
export const SELF: Reason = 'self'

export interface Entry extends Used<Entry> {
  readonly image: ProcessImage
  reasons: ReadonlySet<Reason>
  state: EntryState
  /** The parent that is kept for this one; undefined: none, it is not there, or not any more. */
  parent: Entry | undefined
  /** What its arguments and paths take. */
  characters: number
}

/** Most images are held by nothing but themselves: they share one set. */
const NONE: ReadonlySet<Reason> = new Set()
const ONLY_SELF: ReadonlySet<Reason> = new Set([SELF])

export const newEntry = (image: ProcessImage): Entry => ({
  image,
  reasons: NONE,
  state: 'in-use',
  parent: undefined,
  characters: 0,
  older: undefined,
  newer: undefined
})

export interface References {
  hold(entry: Entry, reason: Reason): void
  /** Twice is once. Dropping the last reason puts the entry into the queue, and lets go of its parent. */
  drop(entry: Entry, reason: Reason): void
  /** It leaves the cache, whatever it is held for. */
  discard(entry: Entry): void
  /** One pass of the collector. Calls for each entry whose time has come. */
  sweep(remove: (entry: Entry) => void): void
  clear(): void
  /** In the queue. */
  readonly waiting: number
  readonly earlyDeletions: number
}

/** Of images that have ended, so many generations are kept for the ancestry of one that has not. */
const MOST_ENDED_ANCESTORS = 64

/**
 * References by reason: a set, so that nothing can be counted twice, go below nothing or be kept for nobody. An image holds its parent
 * for as long as it is held itself, so the ancestry of what runs has no gaps, up to a bound that a program which executes itself for
 * ever runs into. `parentOf`: the entry of an image's parent.
 */
export function createReferences(parentOf: (image: ProcessImage) => Entry | undefined): References {
  const queue = new Set<Entry>()
  let earlyDeletions = 0

  const hold = (entry: Entry, reason: Reason): void => {
    for (let at: Entry = entry, why = reason; ; ) {
      if (at.state === 'deleted' || at.reasons.has(why)) return
      at.reasons = at.reasons === NONE && why === SELF ? ONLY_SELF : withReason(at.reasons, why)
      if (at.reasons.size > 1) return
      // held again, or for the first time
      const parent = at.parent ?? parentOf(at.image)
      if (parent === undefined || parent === at) return
      at.parent = parent
      why = at.image.execId
      at = parent
    }
  }

  const drop = (entry: Entry, reason: Reason): void => {
    for (let at: Entry | undefined = entry, why = reason; at !== undefined; ) {
      if (at.state === 'deleted') {
        earlyDeletions++
        return
      }
      if (!at.reasons.has(why)) return
      at.reasons = withoutReason(at.reasons, why)
      if (at.reasons.size > 0) {
        if (why === SELF) shorten(at)
        return
      }
      at.state = 'delete-pending'
      queue.add(at)
      const parent: Entry | undefined = at.parent
      at.parent = undefined
      why = at.image.execId
      at = parent
    }
  }

  /** Lets go of ancestors that ended long before this one. */
  const shorten = (ended: Entry): void => {
    let at: Entry | undefined = ended
    for (let generation = 0; at !== undefined && !at.reasons.has(SELF); generation++) {
      const parent: Entry | undefined = at.parent
      if (generation === MOST_ENDED_ANCESTORS && parent !== undefined) {
        at.parent = undefined
        drop(parent, at.image.execId)
        return
      }
      at = parent
    }
  }

  return {
    hold,
    drop,
    discard(entry) {
      if (entry.state === 'deleted') return
      const { parent } = entry
      entry.state = 'deleted'
      entry.parent = undefined
      entry.reasons = NONE
      queue.delete(entry)
      if (parent !== undefined) drop(parent, entry.image.execId)
    },
    sweep(remove) {
      for (const entry of [...queue]) {
        if (entry.reasons.size > 0) {
          entry.state = 'in-use'
          queue.delete(entry)
        } else if (entry.state === 'delete-pending') {
          entry.state = 'delete-ready'
        } else {
          remove(entry)
        }
      }
    },
    clear: () => queue.clear(),
    get waiting() {
      return queue.size
    },
    get earlyDeletions() {
      return earlyDeletions
    }
  }
}

/** The same set where it is the entry's own. */
function withReason(reasons: ReadonlySet<Reason>, reason: Reason): ReadonlySet<Reason> {
  const own = reasons === NONE || reasons === ONLY_SELF ? new Set(reasons) : (reasons as Set<Reason>)
  return own.add(reason)
}

function withoutReason(reasons: ReadonlySet<Reason>, reason: Reason): ReadonlySet<Reason> {
  if (reasons.size === 1) return NONE
  const own = reasons as Set<Reason>
  own.delete(reason)
  return own
}
