import type { Clock } from '../ports.ts'

/** Something that has more to do; `run` does a little, and tells whether there is more. */
export interface Work {
  run(): 'done' | 'more'
}

/** Gives everybody who has work a turn, one after the other, and the event loop a chance in between. */
export interface Turns {
  join(work: Work): void
  leave(work: Work): void
}

/** So long all of them together may hold up the event loop, ms. */
const LONGEST_MS = 4

export function createTurns(clock: Clock): Turns {
  const waiting = new Set<Work>()
  let coming = false

  const round = (): void => {
    coming = false
    const end = clock.now() + LONGEST_MS
    for (const work of waiting) {
      waiting.delete(work)
      // to the back of the queue, and met again in this round if there is time
      if (work.run() === 'more') waiting.add(work)
      if (clock.now() >= end) break
    }
    schedule()
  }

  const schedule = (): void => {
    if (coming || waiting.size === 0) return
    coming = true
    setImmediate(round)
  }

  return {
    join(work) {
      waiting.add(work)
      schedule()
    },
    leave: (work) => void waiting.delete(work)
  }
}
