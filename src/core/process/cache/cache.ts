import { execIdOf } from '../exec-id.ts'
import type { ProcessCopy, ProcessImage } from './image.ts'
import type { CacheCounts, MissedOperation } from './metrics.ts'
import { createRecency } from './recency.ts'
import { createReferences, type Entry, type EntryState, newEntry, type Reason, SELF } from './references.ts'

export const DEFAULT_CAPACITY = 65_536
/** Between two passes of the collector; what nobody holds is gone after two. */
export const SWEEP_MS = 30_000

/**
 * Images of processes by execution id: the least recently used leaves when there is no room, and what nobody holds any more leaves
 * after two sweeps. Look-ups refresh, give copies, and never change what is kept.
 */
export interface ProcessCache {
  /** Held by itself from now on; false: there was one with this id, which stays as it is. */
  add(image: ProcessImage): boolean
  /** What was read for this image takes so many characters; others leave where all take too many. */
  weigh(image: ProcessImage, characters: number): void
  /** Harmless for an image that is not there. */
  hold(execId: string, reason: Reason): void
  drop(image: ProcessImage, reason: Reason): void
  get(execId: string): ProcessCopy | undefined
  /** The newest image of this pid, or the one made at `ktime`. */
  byPid(pid: number, ktime?: bigint): ProcessCopy | undefined
  /** `parent: undefined`: it is not there; that is no error. */
  withParent(execId: string): { readonly process: ProcessCopy; readonly parent: ProcessCopy | undefined } | undefined
  /** From the parent to the oldest that is there, at most so many. */
  ancestors(execId: string, most: number): readonly ProcessCopy[]
  stateOf(execId: string): EntryState | undefined
  reasonsOf(execId: string): readonly Reason[]
  /** false: it was not there. */
  remove(execId: string): boolean
  sweep(): void
  /** Images that the next sweeps look at. */
  readonly waiting: number
  /** Forgets everything; the counters stay. */
  purge(): void
  counts(): CacheCounts
}

/** Arguments and paths of all images together; a few thousand long command lines are no reason to grow. */
const MOST_CHARACTERS = 32 * 2 ** 20

export interface ProcessCacheOptions {
  /** In execution ids. */
  readonly nodeName: string
  readonly capacity?: number
  readonly mostCharacters?: number
}

export function createProcessCache({
  nodeName,
  capacity = DEFAULT_CAPACITY,
  mostCharacters = MOST_CHARACTERS
}: ProcessCacheOptions): ProcessCache {
  const entries = new Map<string, Entry>()
  const recency = createRecency<Entry>()
  const newest = new Map<number, Entry>()
  const references = createReferences((image) => entries.get(image.parentExecId))
  const misses: Record<MissedOperation, number> = { get: 0, pid: 0, parent: 0, remove: 0 }
  let evictions = 0
  let characters = 0

  const miss = (operation: MissedOperation): undefined => {
    misses[operation]++
    return undefined
  }

  /** Every reading is a use. */
  const use = (entry: Entry): Entry => {
    recency.use(entry)
    return entry
  }

  const find = (execId: string): Entry | undefined => {
    const entry = entries.get(execId)
    return entry && use(entry)
  }

  const takeOut = (entry: Entry): void => {
    const { execId, pid } = entry.image
    entries.delete(execId)
    recency.remove(entry)
    if (newest.get(pid) === entry) newest.delete(pid)
    characters -= entry.characters
    references.discard(entry)
  }

  const evict = (): void => {
    const { oldest } = recency
    if (oldest === undefined) return
    evictions++
    takeOut(oldest)
  }

  const byPid = (pid: number, ktime: bigint | undefined): Entry | undefined => {
    const entry = newest.get(pid)
    return ktime === undefined ? entry && use(entry) : find(execIdOf(nodeName, ktime, pid))
  }

  return {
    add(image) {
      if (entries.has(image.execId)) return false
      const entry = newEntry(image)
      if (entries.size >= capacity) evict()
      entries.set(image.execId, entry)
      recency.use(entry)
      newest.set(image.pid, entry)
      // a parent with a living child has not lost its use
      find(image.parentExecId)
      references.hold(entry, SELF)
      return true
    },
    weigh(image, weight) {
      const entry = entries.get(image.execId)
      if (entry?.image !== image) return
      characters += weight - entry.characters
      entry.characters = weight
      while (characters > mostCharacters && entries.size > 1) evict()
    },
    hold(execId, reason) {
      const entry = find(execId)
      if (entry !== undefined) references.hold(entry, reason)
    },
    drop(image, reason) {
      const entry = entries.get(image.execId)
      references.drop(entry ?? { ...newEntry(image), state: 'deleted' }, reason)
    },
    get(execId) {
      const entry = find(execId)
      return entry === undefined ? miss('get') : copyOf(entry)
    },
    byPid(pid, ktime) {
      const entry = byPid(pid, ktime)
      return entry === undefined ? miss('pid') : copyOf(entry)
    },
    withParent(execId) {
      const entry = find(execId)
      if (entry === undefined) return miss('get')
      const parent = find(entry.image.parentExecId)
      return { process: copyOf(entry), parent: parent === undefined ? miss('parent') : copyOf(parent) }
    },
    ancestors(execId, most) {
      const found: ProcessCopy[] = []
      const seen = new Set([execId])
      let entry = find(execId)
      while (entry !== undefined && found.length < most && !seen.has(entry.image.parentExecId)) {
        seen.add(entry.image.parentExecId)
        entry = find(entry.image.parentExecId)
        if (entry !== undefined) found.push(copyOf(entry))
      }
      return found
    },
    stateOf: (execId) => entries.get(execId)?.state,
    reasonsOf: (execId) => [...(entries.get(execId)?.reasons ?? [])],
    remove(execId) {
      const entry = entries.get(execId)
      if (entry === undefined) {
        miss('remove')
        return false
      }
      takeOut(entry)
      return true
    },
    sweep: () => references.sweep(takeOut),
    get waiting() {
      return references.waiting
    },
    purge() {
      entries.clear()
      recency.clear()
      newest.clear()
      characters = 0
      references.clear()
    },
    counts: () => ({ size: entries.size, capacity, evictions, misses: { ...misses }, earlyDeletions: references.earlyDeletions })
  }
}

/** Facts are frozen in depth where they are made; the copy is the caller's. */
function copyOf({ image, reasons }: Entry): ProcessCopy {
  const { program, ...rest } = image
  return { ...rest, facts: program.facts, references: reasons.size }
}
