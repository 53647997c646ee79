import { type FilterFacts, filterFactsOf } from '../core/process/details/filter.ts'
import { type Identity, identityKey } from '../core/process/identity.ts'
import type { ProcessDetails } from '../core/queries.ts'
import type { Session } from '../session.ts'
import type { Facts, ProcessFacts } from './view/subject.ts'

/** Questions at a time, and processes that are remembered. */
const AT_ONCE = 32
const MOST = 8192
const MOST_DETAILED = 64

/** What is asked about processes because a filter wants it; each is asked for once. */
export interface FactsBook {
  /** The same object as long as nothing was learned. */
  known(): Facts
  want(processes: Iterable<Identity>, depth?: 'brief' | 'details'): void
}

const factsOfAnswer = (details: ProcessDetails, isDetailed: boolean): ProcessFacts => {
  const { uid, binary, container } = details
  const known = sharing(filterFactsOf(details))
  return isDetailed ? { uid, binary, container, known, details } : { uid, binary, container, known }
}

/** Sets of capabilities that were seen: of thousands of processes there are a few, and root's has some forty names. */
const SETS = 64
const sets = new Map<string, readonly string[]>()

function sharing(facts: FilterFacts): FilterFacts {
  const { capabilities } = facts
  if (capabilities === undefined) return facts
  const key = capabilities.join(' ')
  const shared = sets.get(key)
  if (shared !== undefined) return { ...facts, capabilities: shared }
  if (sets.size < SETS) sets.set(key, capabilities)
  return facts
}

const UNKNOWN: ProcessFacts = { uid: undefined, binary: undefined, container: undefined }

/** `learned` is called when all that was wanted has been answered. */
export function createFactsBook(ask: Session['ask'], learned: () => void): FactsBook {
  const book = new Map<string, ProcessFacts>()
  const wanted = new Map<string, Identity>()
  const asking = new Set<string>()
  /** Those of which everything is kept. */
  const detailed = new Set<string>()
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
    book.set(key, told.ok ? factsOfAnswer(told.value, detailed.has(key)) : UNKNOWN)
    askOn()
    if (asking.size === 0) learned()
  }
  return {
    known() {
      if (isNew) published = new Map(book)
      isNew = false
      return published
    },
    want(processes, depth = 'brief') {
      if (book.size > MOST) book.clear()
      if (detailed.size > MOST_DETAILED) detailed.clear()
      for (const identity of processes) {
        const key = identityKey(identity)
        if (depth === 'details' && !detailed.has(key)) {
          detailed.add(key)
          book.delete(key)
        }
        if (!book.has(key) && !asking.has(key) && wanted.size < MOST) wanted.set(key, identity)
      }
      askOn()
    }
  }
}
