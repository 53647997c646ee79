/** What is told of a process (`pid`) before that process itself is known. */
export interface EarlyEvent {
  readonly kind: 'fork' | 'exec' | 'exit'
  readonly pid: number
  /** The child of a fork; of an exit nothing. */
  readonly child: number
  /** Of an exit, as of wait(2). */
  readonly waitStatus: number
  readonly ktime: bigint
  state: 'kept' | 'told'
}

/** Holds it back for two turns: events of different processors may be out of order. */
export interface Early {
  keep(kind: EarlyEvent['kind'], pid: number, ktime: bigint, child?: number, waitStatus?: number): void
  /**
   * The process is known now: tells what was kept of it, in order. What is older than its birth is of another that had its number, and an
   * exec or exit before `since`, when it was seen, is of what it ran before.
   */
  release(pid: number, bornAt: bigint, since: bigint): void
  turn(): void
  clear(): void
  readonly retries: Readonly<Record<EarlyEvent['kind'], number>>
}

export interface EarlyPorts {
  readonly tell: (event: EarlyEvent) => void
  /** Nobody came to know the process. */
  readonly giveUp: (event: EarlyEvent) => void
}

/** The processes of the whole host are told of, and most of them are nobody's business: keeping one event must cost next to nothing. */
const MOST = 4096

export function createEarly({ tell, giveUp }: EarlyPorts): Early {
  let fresh: EarlyEvent[] = []
  let old: EarlyEvent[] = []
  const retries = { fork: 0, exec: 0, exit: 0 }

  return {
    keep(kind, pid, ktime, child = 0, waitStatus = 0) {
      if (fresh.length < MOST) fresh.push({ kind, pid, child, waitStatus, ktime, state: 'kept' })
    },
    release(pid, bornAt, since) {
      if (fresh.length === 0 && old.length === 0) return
      const found = [...old, ...fresh].filter((event) => event.pid === pid && event.state === 'kept')
      for (const event of found.sort(byTime)) {
        event.state = 'told'
        if (event.ktime < (event.kind === 'fork' ? bornAt : since)) continue
        retries[event.kind]++
        tell(event)
      }
    },
    turn() {
      if (fresh.length === 0 && old.length === 0) return
      const given = old
      old = fresh
      fresh = []
      for (const event of given) if (event.state === 'kept') giveUp(event)
    },
    clear() {
      fresh = []
      old = []
    },
    retries
  }
}

const byTime = (a: EarlyEvent, b: EarlyEvent): number => (a.ktime < b.ktime ? -1 : Number(a.ktime > b.ktime))
