import type { Cancel, Clock } from '../../ports.ts'

/** A record that is written when the pod of its container is known, or has not become known in time. */
export interface PodWait {
  push(container: string | undefined, write: () => void): void
  /** Writes what waits. */
  flush(): void
  readonly retries: number
  /** Written without the pod. */
  readonly failures: number
}

export interface PodWaitOptions {
  readonly clock: Pick<Clock, 'after'>
  readonly isKnown: (container: string) => boolean
}

interface Waiting {
  readonly container: string | undefined
  readonly write: () => void
  tries: number
}

/** Process cache: cache, events whose process is not known yet. */
const TRY_MS = 2000
const MOST_TRIES = 15
const MOST_WAITING = 8192

/** The cluster tells of a container a moment after its first process began. Records stay in order. */
export function createPodWait({ clock, isKnown }: PodWaitOptions): PodWait {
  let waiting: Waiting[] = []
  let timer: Cancel | undefined
  let retries = 0
  let failures = 0

  const isReady = ({ container, tries }: Waiting): boolean => container === undefined || isKnown(container) || tries >= MOST_TRIES

  const write = (record: Waiting): void => {
    if (record.container !== undefined && !isKnown(record.container)) failures++
    record.write()
  }

  const attempt = (): void => {
    timer = undefined
    for (const record of waiting) record.tries++
    retries++
    writeReady()
  }

  const writeReady = (): void => {
    const first = waiting.findIndex((record) => !isReady(record))
    const ready = first === -1 ? waiting : waiting.slice(0, first)
    waiting = first === -1 ? [] : waiting.slice(first)
    for (const record of ready) write(record)
    if (waiting.length > 0) timer ??= clock.after(TRY_MS, attempt)
  }

  return {
    push(container, writeRecord) {
      waiting.push({ container, write: writeRecord, tries: 0 })
      if (waiting.length > MOST_WAITING) for (const record of waiting) record.tries = MOST_TRIES
      writeReady()
    },
    flush() {
      timer?.()
      timer = undefined
      for (const record of waiting.splice(0)) write(record)
    },
    get retries() {
      return retries
    },
    get failures() {
      return failures
    }
  }
}
