import { exitStatusOf } from '../linux/exit-status.ts'
import type { ProcessConnector } from '../linux/process-connector.ts'
import type { ProcessEvents } from '../linux/process-events.ts'
import { alsoTo, type ProcessTap } from './cache/tap.ts'
import type { Forest } from './forest.ts'
import type { Member } from './member.ts'

/** A process that an event named as the child of a member and that was not looked at yet. */
export interface Newcomer {
  readonly pid: number
  readonly node: string | undefined
  /** CLOCK_MONOTONIC, ns. */
  readonly bornNs: bigint
  execNs: bigint | undefined
  /** It has forked itself. */
  parenthood: boolean
  /** The first thread may end before the others. */
  threads: 'one' | 'several'
  /** Drains that it has lived through; `looked-at`: it had ended already, and only what it forked is still of interest. */
  age: number | 'looked-at'
}

/** Process events that concern the managed trees; what they say of others is dropped at once. */
export interface ForkFeed {
  readonly newcomers: ReadonlyMap<number, Newcomer>
  /** The tree of a process that is a newcomer or was one until a moment ago. */
  nodeOf(pid: number): string | undefined
  /** `lost`: the kernel dropped events; look at everything again. */
  drain(): 'complete' | 'lost'
  /** It is a member now, or `ended`: its own children may still be reported, until its exit is. */
  looked(newcomer: Newcomer, found: 'member' | 'ended'): void
  close(): void
}

/** More children than that at once are found by looking. */
const MOST_NEWCOMERS = 262_144

export interface ForkFeedOptions {
  readonly connector: ProcessConnector
  readonly forest: Forest
  /** From a stamp (CLOCK_MONOTONIC) to the clock of start times (CLOCK_BOOTTIME), ns. */
  readonly toKtime: (stampNs: bigint) => bigint
  /** Nanoseconds since boot of a start time. */
  readonly ktimeOf: (startTime: number) => bigint
  /** The pid of this member was given to another process. */
  readonly onReplaced: (member: Member) => void
  /** Its first thread has ended. */
  readonly onExit: (member: Member) => void
  /** Hears everything, of all processes. */
  readonly tap?: ProcessTap | undefined
}

/** All pids are used once before one is used again: no pid comes back within this, and no start time is read this wrong. */
const REUSE_NS = 300_000_000n

export function createForkFeed({ connector, forest, toKtime, ktimeOf, onReplaced, onExit, tap }: ForkFeedOptions): ForkFeed {
  const newcomers = new Map<number, Newcomer>()
  /** Ended between two looks, by the drain in which that was seen: what they used is counted when they are reaped. */
  let ended = new Map<number, string | undefined>()
  let endedBefore = new Map<number, string | undefined>()
  let overflow = false

  const events: ProcessEvents = {
    fork(parentPid, pid, stampNs) {
      const former = forest.members.get(pid)
      if (former !== undefined && toKtime(stampNs) - ktimeOf(former.startTime) > REUSE_NS) onReplaced(former)
      const member = forest.members.get(parentPid)
      const parent = member ?? newcomers.get(parentPid)
      if (parent === undefined) return
      parent.parenthood = true
      if (newcomers.size >= MOST_NEWCOMERS) {
        overflow = true
        return
      }
      newcomers.set(pid, { pid, node: parent.node, bornNs: stampNs, execNs: undefined, parenthood: false, threads: 'one', age: 0 })
    },
    thread(pid) {
      const newcomer = newcomers.get(pid)
      if (newcomer !== undefined) newcomer.threads = 'several'
    },
    exec(pid, stampNs) {
      const newcomer = newcomers.get(pid)
      if (newcomer !== undefined) {
        newcomer.execNs = stampNs
        return
      }
      const member = forest.members.get(pid)
      if (member === undefined) return
      member.execKtime = toKtime(stampNs)
      member.image = 'replaced'
    },
    exit(pid, waitStatus) {
      const newcomer = newcomers.get(pid)
      if (newcomer !== undefined) {
        if (newcomer.threads === 'several' && newcomer.age !== 'looked-at') return
        newcomers.delete(pid)
        ended.set(pid, newcomer.node)
        return
      }
      const member = forest.members.get(pid)
      if (member === undefined) return
      member.exitHint = exitStatusOf(waitStatus)
      onExit(member)
    }
  }

  const heard = tap === undefined ? events : alsoTo(tap, events, toKtime)

  return {
    newcomers,
    nodeOf: (pid) => newcomers.get(pid)?.node ?? ended.get(pid) ?? endedBefore.get(pid),
    drain() {
      endedBefore = ended
      ended = new Map()
      for (const newcomer of newcomers.values()) if (newcomer.age !== 'looked-at') newcomer.age++
      const outcome = connector.drain(heard)
      const lost = overflow || outcome === 'lost'
      overflow = false
      // their exits may be among what was lost
      if (lost) for (const newcomer of newcomers.values()) if (newcomer.age === 'looked-at') newcomers.delete(newcomer.pid)
      return lost ? 'lost' : 'complete'
    },
    looked(newcomer, found) {
      if (found === 'member') newcomers.delete(newcomer.pid)
      else newcomer.age = 'looked-at'
    },
    close: () => connector.close()
  }
}
