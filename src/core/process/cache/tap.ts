import type { ProcessEvents } from '../../linux/process-events.ts'
import type { TreeHandle } from '../../ports.ts'

/**
 * Hears what the process table hears, so that the kernel is asked once. Times are nanoseconds since boot, those of execution ids
 * (exec-id.ts), not the stamps of the events.
 */
export interface TapListener {
  /** The kernel tells of processes from now on; what happened before is not known. */
  opened(): void
  closed(): void
  /** The leader of a tree waits at its gate. */
  tracked(tree: TreeHandle): void
  fork(parent: number, child: number, ktime: bigint): void
  thread(pid: number): void
  exec(pid: number, ktime: bigint): void
  /** A thread has ended; `tid` is the pid for the first one. */
  threadEnded(pid: number, tid: number, waitStatus: number, ktime: bigint): void
  /** All that waited was told. `lost`: the kernel dropped events. */
  drained(outcome: 'complete' | 'lost'): void
}

export interface ProcessTap {
  /** all: also while no tree is managed. */
  readonly scope: 'managed' | 'all'
  /** Who hears now; before somebody is attached what is told is kept for him. undefined: nobody any more. */
  readonly listener: TapListener | undefined
  /** Tells him first what was kept. */
  attach(listener: TapListener): void
  detach(): void
}

/** Events kept until the listener's code is loaded, which is a moment after the first node was started. */
const MOST_KEPT = 50_000

export function createProcessTap(scope: ProcessTap['scope']): ProcessTap {
  let kept: ((listener: TapListener) => void)[] = []
  let outcome: 'complete' | 'lost' = 'complete'

  const keep = (tell: (listener: TapListener) => void): void => {
    if (kept.length < MOST_KEPT) kept.push(tell)
    else outcome = 'lost'
  }
  const keeper: TapListener = {
    opened: () => keep((to) => to.opened()),
    closed: () => keep((to) => to.closed()),
    tracked: (tree) => keep((to) => to.tracked(tree)),
    fork: (parent, child, ktime) => keep((to) => to.fork(parent, child, ktime)),
    thread: (pid) => keep((to) => to.thread(pid)),
    exec: (pid, ktime) => keep((to) => to.exec(pid, ktime)),
    threadEnded: (pid, tid, status, ktime) => keep((to) => to.threadEnded(pid, tid, status, ktime)),
    drained: (told) => keep((to) => to.drained(told))
  }
  let listener: TapListener | undefined = keeper

  return {
    scope,
    get listener() {
      return listener
    },
    attach(next) {
      for (const tell of kept) tell(next)
      kept = []
      listener = next
      if (outcome === 'lost') next.drained(outcome)
    },
    detach() {
      listener = undefined
      kept = []
    }
  }
}

/** The same events for both; `toKtime` from a stamp (CLOCK_MONOTONIC) to the clock of start times (CLOCK_BOOTTIME). */
export function alsoTo(tap: ProcessTap, events: ProcessEvents, toKtime: (stampNs: bigint) => bigint): ProcessEvents {
  return {
    fork(parent, child, stampNs) {
      tap.listener?.fork(parent, child, toKtime(stampNs))
      events.fork(parent, child, stampNs)
    },
    thread(pid) {
      tap.listener?.thread(pid)
      events.thread(pid)
    },
    exec(pid, stampNs) {
      tap.listener?.exec(pid, toKtime(stampNs))
      events.exec(pid, stampNs)
    },
    exit(pid, waitStatus, stampNs) {
      tap.listener?.threadEnded(pid, pid, waitStatus, toKtime(stampNs))
      events.exit(pid, waitStatus, stampNs)
    },
    threadEnded(pid, tid, waitStatus, stampNs) {
      tap.listener?.threadEnded(pid, tid, waitStatus, toKtime(stampNs))
    }
  }
}
