/** Something in a line from the least to the most recently used. */
export interface Used<T> {
  older: T | undefined
  newer: T | undefined
}

/**
 * The order of use, as a list through its members. (A Map in the order of insertion, in which a key is taken out and put in again at
 * each use, takes longer for each use of the same key.)
 */
export interface Recency<T extends Used<T>> {
  readonly oldest: T | undefined
  /** It is the most recently used now, whether it was in the line or not. */
  use(member: T): void
  remove(member: T): void
  clear(): void
}

export function createRecency<T extends Used<T>>(): Recency<T> {
  let oldest: T | undefined
  let newest: T | undefined

  const remove = (member: T): void => {
    const { older, newer } = member
    if (older !== undefined) older.newer = newer
    else if (oldest === member) oldest = newer
    if (newer !== undefined) newer.older = older
    else if (newest === member) newest = older
    member.older = undefined
    member.newer = undefined
  }

  return {
    get oldest() {
      return oldest
    },
    use(member) {
      if (member === newest) return
      remove(member)
      member.older = newest
      if (newest !== undefined) newest.newer = member
      newest = member
      oldest ??= member
    },
    remove,
    clear() {
      oldest = undefined
      newest = undefined
    }
  }
}
