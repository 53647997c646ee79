import type { Cancel } from '../ports.ts'

/** Who is to be called, by a key. */
export interface Listeners {
  add(key: string, listener: () => void): Cancel
  call(key: string): void
}

export function createListeners(): Listeners {
  const byKey = new Map<string, Set<() => void>>()
  return {
    add(key, listener) {
      const own = byKey.get(key) ?? new Set()
      byKey.set(key, own.add(listener))
      return () => {
        own.delete(listener)
        if (own.size === 0 && byKey.get(key) === own) byKey.delete(key)
      }
    },
    call(key) {
      for (const listener of [...(byKey.get(key) ?? [])]) listener()
    }
  }
}
