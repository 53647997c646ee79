import { MISSED, type ProcessFacts } from '../details/facts.ts'
import type { ReadProcess } from '../details/read.ts'
import type { ProcessImage } from './image.ts'

/** Looks at what was executed, while it is there, and tells each image once, with what is known of it by then. */
export interface Reading {
  /** To be looked at in the next turns. */
  want(image: ProcessImage): void
  /** It was looked at already, at this time. */
  have(image: ProcessImage, facts: ProcessFacts, readAt: bigint): void
  /** Its end, or the exec that replaced it, at `ktime`: told now if it was not. */
  settle(image: ProcessImage, by: 'exit' | 'exec', ktime: bigint): void
  turn(): void
  /** Tells everything that waits. */
  flush(): void
}

export interface ReadingPorts {
  /** undefined: it is gone, or another process has its pid. */
  readonly read: (image: ProcessImage) => ReadProcess | undefined
  readonly now: () => bigint
  readonly onRead: (image: ProcessImage) => void
  readonly tell: (image: ProcessImage) => void
}

/** Looked at in one turn: bounds what a storm of programs costs. */
const PORTION = 64
/** The kernel shows the new program a little before it tells of the exec, and a little time passes until that is heard. */
const DOUBT_NS = 5_000_000n

export function createReading({ read, now, onRead, tell }: ReadingPorts): Reading {
  const unread = new Set<ProcessImage>()
  /** Told when it is certain that no other program was looked at by mistake. */
  const doubtful = new Map<ProcessImage, bigint>()

  const look = (image: ProcessImage): void => {
    unread.delete(image)
    const found = read(image)
    if (found === undefined) {
      // its end will be told, too
      unread.add(image)
      return
    }
    image.startTime = found.startTime
    image.program.facts = found.facts
    onRead(image)
    doubtful.set(image, now())
  }

  const tellAs = (image: ProcessImage, facts: ProcessFacts | undefined): void => {
    image.program.facts = facts
    tell(image)
  }

  return {
    want: (image) => void unread.add(image),
    have(image, facts, readAt) {
      image.program.facts = facts
      onRead(image)
      doubtful.set(image, readAt)
    },
    settle(image, by, ktime) {
      const readAt = doubtful.get(image)
      doubtful.delete(image)
      if (unread.delete(image)) tellAs(image, MISSED)
      else if (readAt !== undefined) tellAs(image, by === 'exec' && ktime < readAt + DOUBT_NS ? MISSED : image.program.facts)
    },
    turn() {
      if (unread.size === 0 && doubtful.size === 0) return
      const at = now()
      for (const [image, readAt] of doubtful) {
        if (at < readAt + DOUBT_NS) continue
        doubtful.delete(image)
        tell(image)
      }
      let looks = 0
      for (const image of unread) {
        // there is nothing to be seen of it any more
        if (image.end !== undefined) continue
        if (looks++ >= PORTION) break
        look(image)
      }
    },
    flush() {
      for (const image of unread) tellAs(image, MISSED)
      for (const image of doubtful.keys()) tell(image)
      unread.clear()
      doubtful.clear()
    }
  }
}
