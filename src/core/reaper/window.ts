import type { Registration, Registry } from './registry.ts'

/** Which pairs the state lists: the first in the order of registration, and for a moment fewer of them after some have left. */
export interface Window {
  /** Whether the newly registered pair is listed at once: nobody waits before it. */
  entered(pair: Registration): boolean
  /** Whether there is room now for one that waits. */
  left(pair: Registration): boolean
  /** Those that move up into the list. */
  refill(): readonly Registration[]
}

/** Pairs in `OrphansState`. */
const LISTED = 500
/** The queue may hold so many pairs that are gone. */
const SLACK = 4096

export function createWindow(registry: Pick<Registry, 'size' | 'find'>, most = LISTED): Window {
  const listed = new Set<Registration>()
  /** Those behind, in order, some of them gone already; from `head` on. */
  let waiting: Registration[] = []
  let head = 0

  const isThere = (pair: Registration): boolean => registry.find(pair) === pair
  const hasRoom = (): boolean => listed.size < most && registry.size > listed.size

  const compact = (): void => {
    if (waiting.length - registry.size < SLACK) return
    waiting = waiting.slice(head).filter(isThere)
    head = 0
  }

  return {
    entered(pair) {
      if (listed.size < most && registry.size === listed.size + 1) {
        listed.add(pair)
        return true
      }
      waiting.push(pair)
      compact()
      return false
    },
    left: (pair) => listed.delete(pair) && hasRoom(),
    refill() {
      const moved: Registration[] = []
      while (hasRoom() && head < waiting.length) {
        const pair = waiting[head++]
        if (pair === undefined || !isThere(pair)) continue
        listed.add(pair)
        moved.push(pair)
      }
      return moved
    }
  }
}
