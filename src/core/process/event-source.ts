import type { Result } from '../errors.ts'
import { success } from '../errors.ts'
import { bootOffsetNs } from '../linux/cpu-clock.ts'
import { openProcessConnector } from '../linux/process-connector.ts'
import type { ProcessTap } from './cache/tap.ts'
import { ktimeOfStart } from './exec-id.ts'
import { createForkFeed, type ForkFeed, type Newcomer } from './fork-feed.ts'
import type { Member } from './member.ts'
import type { ProcfsParts } from './procfs-parts.ts'

/** Turns process events into members. */
export interface EventSource {
  /** `lost`: look at everything again. */
  drain(): 'complete' | 'lost'
  /** Looks at newcomers that have lived through so many drains, at most `limit`; whether there are more. */
  absorb(least: number, limit: number): 'done' | 'more'
  nodeOf(pid: number): string | undefined
  /** Members whose first thread was reported as ended, since the last call. */
  takeSuspects(): readonly Member[]
  close(): void
}

/** The clock is read twice, so it is only believed beyond this; the difference changes when the machine was suspended. */
const OFFSET_NOISE_NS = 1_000_000n
/** A start time is rounded down to a tick, and taken a little before the event. */
const LATEST_BIRTH_NS = 20_000_000n
const EARLIEST_BIRTH_NS = 1_000_000_000n

/** Errors as of `openProcessConnector`. `tap` hears everything, too. */
export function openEventSource(parts: ProcfsParts, tap?: ProcessTap): Result<EventSource> {
  const opened = openProcessConnector()
  if (!opened.ok) return opened
  const { forest, reader, deaths } = parts
  const suspects = new Set<Member>()
  let offset = 0n

  const synchronise = (): void => {
    const now = bootOffsetNs()
    const change = now > offset ? now - offset : offset - now
    if (change > OFFSET_NOISE_NS) offset = now
  }
  const toKtime = (stampNs: bigint): bigint => stampNs + offset
  const ktimeOf = (startTime: number): bigint => ktimeOfStart(startTime, reader.units.ticksPerSecond)

  const feed: ForkFeed = createForkFeed({
    connector: opened.value,
    forest,
    toKtime,
    ktimeOf,
    onReplaced: (member) => deaths.settle(member, 'gone'),
    onExit: (member) => void suspects.add(member),
    tap
  })

  /** Whether the process that has the pid now is the one that the event told of. */
  const isSame = (newcomer: Newcomer): boolean => {
    const startTime = reader.stat(newcomer.pid)?.startTime
    if (startTime === undefined) return false
    const age = toKtime(newcomer.bornNs) - ktimeOf(startTime)
    return age > -LATEST_BIRTH_NS && age < EARLIEST_BIRTH_NS
  }

  const meet = (newcomer: Newcomer): 'member' | 'ended' => {
    if (!isSame(newcomer)) return 'ended'
    const execKtime = newcomer.execNs === undefined ? undefined : toKtime(newcomer.execNs)
    const member = parts.meet(newcomer.pid, newcomer.node, execKtime)
    if (member === undefined) return 'ended'
    if (newcomer.parenthood) member.parenthood = true
    return 'member'
  }

  synchronise()
  tap?.listener?.opened()
  let state: 'idle' | 'draining' = 'idle'
  return success({
    drain() {
      // a member that an event shows to be gone is dropped in the middle of it
      if (state === 'draining') return 'complete'
      state = 'draining'
      const outcome = feed.drain()
      state = 'idle'
      if (outcome === 'lost') synchronise()
      tap?.listener?.drained(outcome)
      return outcome
    },
    absorb(least, limit) {
      let looked = 0
      for (const newcomer of feed.newcomers.values()) {
        if (newcomer.age === 'looked-at' || newcomer.age < least) continue
        if (looked++ >= limit) return 'more'
        feed.looked(newcomer, meet(newcomer))
      }
      return 'done'
    },
    nodeOf: feed.nodeOf,
    takeSuspects() {
      const taken = [...suspects]
      suspects.clear()
      return taken
    },
    close() {
      feed.close()
      tap?.listener?.closed()
    }
  })
}
