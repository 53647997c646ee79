/** How much the store remembers; the types in store.ts say the same. */
export const BOUNDS = { history: 600, ledger: 120, events: 1000, receipts: 200, problems: 50, pairs: 500 } as const

/** The list with `item` at its end, without its oldest beyond `limit`. */
export function pushBounded<T>(list: readonly T[], item: T, limit: number): readonly T[] {
  // slice and push: spreading a thousand events costs 90 us for each event
  const next = list.slice(Math.max(0, list.length - limit + 1))
  next.push(item)
  return next
}

/** The same for numbers over time; a full history that the new value does not alter keeps its identity. */
export function pushHistory(history: readonly number[], value: number): readonly number[] {
  if (history.length === BOUNDS.history && history[0] === value && history.every((old) => old === value)) return history
  return pushBounded(history, value, BOUNDS.history)
}
