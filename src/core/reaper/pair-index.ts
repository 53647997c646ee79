import type { Registration } from './registry.ts'

/** Pairs by a key, in the order of registration. Nearly every key has one pair, for which no set is made: there may be 65,536. */
export interface PairIndex<K> {
  /** Of different keys. */
  readonly size: number
  add(key: K, pair: Registration): void
  /** `last`: the key has none any more. */
  remove(key: K, pair: Registration): 'last' | 'more'
  /** A list of its own. */
  of(key: K): readonly Registration[]
}

export function createIndex<K>(): PairIndex<K> {
  const entries = new Map<K, Registration | Set<Registration>>()
  return {
    get size() {
      return entries.size
    },
    add(key, pair) {
      const known = entries.get(key)
      if (known === undefined) entries.set(key, pair)
      else if (known instanceof Set) known.add(pair)
      else entries.set(key, new Set([known, pair]))
    },
    remove(key, pair) {
      const known = entries.get(key)
      if (known instanceof Set) {
        known.delete(pair)
        if (known.size > 0) return 'more'
      } else if (known !== pair) return 'more'
      entries.delete(key)
      return 'last'
    },
    of(key) {
      const known = entries.get(key)
      if (known === undefined) return NONE
      return known instanceof Set ? [...known] : [known]
    }
  }
}

const NONE: readonly Registration[] = []
