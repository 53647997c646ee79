import { type Identity, identityKey } from '../core/process/identity.ts'
import type { Session } from '../session.ts'
import type { Facts, ProcessFacts } from './view/subject.ts'

/** Questions at a time, and processes that are remembered. */
const AT_ONCE = 32
const MOST = 8192

/** What is asked about processes because a filter wants it; each is asked for once. */
export interface FactsBook {
  /** The same object as long as nothing was learned. */
  known(): Facts
  want(processes: Iterable<Identity>): void
}

const UNKNOWN: ProcessFacts = { uid: undefined, binary: undefined, container: undefined }

/** `learned` is called when all that was wanted has been answered. */
export function createFactsBook(ask: Session['ask'], learned: () => void): FactsBook {
  const book = new Map<string, ProcessFacts>()
  const wanted = new Map<string, Identity>()
  const asking = new Set<string>()
  let published: Facts = new Map()
  let isNew = false

  const askOn = (): void => {
    for (const [key, identity] of wanted) {
      if (asking.size >= AT_ONCE) return
      wanted.delete(key)
      asking.add(key)
      void answer(key, identity)
    }
  }
  const answer = async (key: string, { pid, startTime }: Identity): Promise<void> => {
    const told = await ask({ type: 'process', target: { pid, startTime } })
    asking.delete(key)
    isNew = true
    book.set(key, told.ok ? { uid: told.value.uid, binary: told.value.binary, container: told.value.container } : UNKNOWN)
    askOn()
    if (asking.size === 0) learned()
  }
  return {
    known() {
      if (isNew) published = new Map(book)
      isNew = false
      return published
    },
    want(processes) {
      if (book.size > MOST) book.clear()
      for (const identity of processes) {
        const key = identityKey(identity)
        if (!book.has(key) && !asking.has(key) && wanted.size < MOST) wanted.set(key, identity)
      }
      askOn()
    }
  }
}
