import type { Cancel, Clock } from '../../ports.ts'
import type { ProcReader } from '../proc-reader.ts'
import type { Follower } from './follower.ts'
import { isSameBirth } from './lives.ts'
import type { Meeting } from './meeting.ts'

/** Looks at every process of the host: once to begin with and after a loss, and again and again where nothing is heard. */
export interface Scanner {
  start(): void
  scanOnce(): void
  stop(): void
}

export interface ScannerPorts {
  readonly clock: Clock
  readonly reader: ProcReader
  readonly follower: Follower
  readonly meeting: Meeting
  readonly isHearing: () => boolean
  readonly onDone: () => void
}

/** What lives shorter is not seen where nothing is heard. */
export const SCAN_MS = 2000
const PORTION = 100

const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

export function createScanner({ clock, reader, follower, meeting, isHearing, onDone }: ScannerPorts): Scanner {
  let state: 'idle' | 'scanning' | 'again' | 'stopped' = 'idle'
  let next: Cancel | undefined

  /** `stopped` may come at any pause. */
  const isStopped = (): boolean => state === 'stopped'

  const scan = async (): Promise<void> => {
    let looked = 0
    const pids = new Set(reader.pids())
    for (const life of [...follower.lives()]) if (!pids.has(life.image.pid)) follower.end(life, life.exit)
    for (const pid of pids) {
      if (++looked % PORTION === 0) await nextTurn()
      if (isStopped()) return
      const life = follower.lifeOf(pid)
      const startTime = life && reader.stat(pid)?.startTime
      if (life === undefined || (startTime !== undefined && !isSameBirth(life, startTime))) meeting.meet(pid, undefined)
    }
    onDone()
  }

  const run = async (): Promise<void> => {
    if (state !== 'idle') {
      if (state === 'scanning') state = 'again'
      return
    }
    do {
      state = 'scanning'
      await scan()
    } while (state === ('again' as typeof state))
    if (!isStopped()) state = 'idle'
  }

  const repeat = (): void => {
    next = clock.after(SCAN_MS, () => {
      if (!isHearing()) void run()
      repeat()
    })
  }

  return {
    start() {
      void run()
      repeat()
    },
    scanOnce: () => void run(),
    stop() {
      state = 'stopped'
      next?.()
    }
  }
}
