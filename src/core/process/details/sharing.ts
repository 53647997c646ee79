import type { Credentials } from './status-facts.ts'

/** One object for equal ones: thousands of processes have the same few credentials, programs and folders. */
export interface Sharing {
  text(text: string): string
  credentials(credentials: Credentials): Credentials
}

/** More than that are not remembered, and begun again. */
const MOST = 4096

export function createSharing(): Sharing {
  const texts = new Map<string, string>()
  const all = new Map<string, Credentials>()

  const shared = <T>(known: Map<string, T>, key: string, value: T): T => {
    const before = known.get(key)
    if (before !== undefined) return before
    if (known.size >= MOST) known.clear()
    known.set(key, value)
    return value
  }

  return {
    text: (text) => shared(texts, text, text),
    credentials(credentials) {
      const { groups, permitted, effective, inheritable, ambient, ...ids } = credentials
      const key = [...Object.values(ids), groups.join(), permitted, effective, inheritable, ambient].join(' ')
      return shared(all, key, Object.freeze({ ...credentials, groups: Object.freeze(groups) }))
    }
  }
}
