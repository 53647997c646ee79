import { exitStatusOf } from '../../linux/exit-status.ts'
import type { ExitStatus } from '../../receipt.ts'
import { execIdOf, ktimeOfStart } from '../exec-id.ts'
import type { ProcessCache } from './cache.ts'
import { createEarly, type EarlyEvent } from './early.ts'
import { cloneOf, execOf, type ProcessImage } from './image.ts'
import { isOwnFork, isSameBirth, type Life, type Look, newLife } from './lives.ts'
import type { Reading } from './reading.ts'
import { SELF } from './references.ts'

/** What the outside world is asked and told. */
export interface FollowerPorts {
  readonly cache: ProcessCache
  readonly reading: Reading
  readonly nodeName: string
  readonly ticksPerSecond: number
  /** Nanoseconds since boot. */
  readonly now: () => bigint
  /** undefined: there is no such process. */
  readonly look: (pid: number) => Look | undefined
  /** The last image of a process has ended and will not change any more. */
  readonly tellExit: (image: ProcessImage) => void
  /** Told of a process that nobody came to know; where all are followed. */
  readonly onUnknown: (event: EarlyEvent) => void
}

/** Follows clone, exec and exit, in whatever order they come; process cache: clone, exec, exit. */
export interface Follower {
  fork(parent: number, child: number, ktime: bigint): void
  thread(pid: number): void
  exec(pid: number, ktime: bigint): void
  threadEnded(pid: number, tid: number, waitStatus: number, ktime: bigint): void
  /** After all events that waited. */
  turn(): void
  /** A process that was met otherwise; `since`: when. */
  admit(image: ProcessImage, threads: number, since: bigint): Life
  lifeOf(pid: number): Life | undefined
  lives(): Iterable<Life>
  /** It has ended, by other witness than events. */
  end(life: Life, exit: ExitStatus | undefined): void
  /** Events were lost: no end is believed to have been told. */
  doubt(): void
  /** Tells everything that is held back. */
  flush(): void
  readonly retries: Readonly<Record<EarlyEvent['kind'], number>>
  readonly failures: Readonly<Record<EarlyEvent['kind'], number>>
}

/** Ends looked at in one turn. */
const PORTION = 500
/** A fork is told at most so much after the start that it tells of; a tick may have begun between the two. */
const LATE_NS = 1_000_000n
const NANOSECONDS = 1_000_000_000n

/** `managed`: only what processes of managed trees make is followed. */
export function createFollower(scope: 'managed' | 'all', ports: FollowerPorts): Follower {
  const { cache, reading, nodeName, ticksPerSecond, now } = ports
  const tick = NANOSECONDS / BigInt(ticksPerSecond)
  const lives = new Map<number, Life>()
  const failures = { fork: 0, exec: 0, exit: 0 }
  /** Ended; told in the next turn but one, when an exec that is told late has come. */
  let closing = new Set<Life>()
  let closingNext = new Set<Life>()
  /** Whose threads may all have ended. */
  const doubtful = new Set<Life>()

  const early = createEarly({
    tell: (event) => hear(event),
    giveUp(event) {
      // of processes that are nobody's business nothing is missed
      if (scope === 'managed') return
      failures[event.kind]++
      ports.onUnknown(event)
    }
  })

  const follows = (life: Life): boolean => scope === 'all' || life.image.node !== undefined

  const admit = (image: ProcessImage, life: Life, since: bigint): Life => {
    lives.set(image.pid, life)
    // a number that was given away again within one tick: the former process has ended
    if (!cache.add(image) && cache.remove(image.execId)) cache.add(image)
    early.release(image.pid, life.forkedAt ?? ktimeOfStart(image.startTime, ticksPerSecond), since)
    return life
  }

  /** As /proc will tell it: rounded down to a tick; looked up where the event may have come in the next one. */
  const startTimeOf = (pid: number, ktime: bigint): number => {
    const told = Number(ktime / tick)
    if (ktime % tick > LATE_NS) return told
    const seen = ports.look(pid)?.startTime
    return seen !== undefined && (seen === told || seen === told - 1) ? seen : told
  }

  const end = (life: Life, ktime: bigint, exit: ExitStatus | undefined, tid: number): void => {
    if (life.ending !== undefined) return
    const { image } = life
    life.ending = Object.freeze({ ktime, exit: exit && Object.freeze(exit), tid: tid === image.pid ? undefined : tid })
    image.end = life.ending
    doubtful.delete(life)
    closingNext.add(life)
  }

  const finish = (life: Life): void => {
    const { image, ending } = life
    closing.delete(life)
    closingNext.delete(life)
    if (lives.get(image.pid) === life) lives.delete(image.pid)
    reading.settle(image, 'exit', ending?.ktime ?? now())
    ports.tellExit(image)
    cache.drop(image, SELF)
  }

  /** That it is over is certain, when is not. */
  const endUntold = (life: Life, exit: ExitStatus | undefined): void => {
    end(life, now(), exit, life.image.pid)
    finish(life)
  }

  const replace = (life: Life, ktime: bigint): void => {
    const former = life.image
    const image = execOf(former, { execId: execIdOf(nodeName, ktime, former.pid), ktime, end: life.ending })
    if (!cache.add(image)) return
    life.image = image
    life.exit = undefined
    life.command = undefined
    doubtful.delete(life)
    former.end = undefined
    reading.settle(former, 'exec', ktime)
    cache.drop(former, SELF)
    reading.want(image)
  }

  const fork = (parent: number, child: number, ktime: bigint): void => {
    const known = lives.get(child)
    if (known !== undefined) {
      if (isOwnFork(known, ktime, Number(ktime / tick))) return
      endUntold(known, known.exit)
    }
    const life = lives.get(parent)
    if (life === undefined) early.keep('fork', parent, ktime, child)
    if (life === undefined || !follows(life)) return
    const startTime = startTimeOf(child, ktime)
    const born = ktimeOfStart(startTime, ticksPerSecond)
    const image = cloneOf(life.image, { execId: execIdOf(nodeName, born, child), pid: child, startTime, ktime: born })
    admit(image, newLife(image, 1, ktime), ktime)
  }

  const exec = (pid: number, ktime: bigint): void => {
    const life = lives.get(pid)
    const isOthers = life?.ending !== undefined && ktime > life.ending.ktime
    if (isOthers) finish(life)
    if (life === undefined || isOthers) early.keep('exec', pid, ktime)
    else if (ktime > life.image.ktime) replace(life, ktime)
    else if (ktime < life.image.ktime) failures.exec++
  }

  const threadEnded = (pid: number, tid: number, waitStatus: number, ktime: bigint): void => {
    const life = lives.get(pid)
    if (life === undefined) {
      if (tid === pid) early.keep('exit', pid, ktime, 0, waitStatus)
      return
    }
    if (life.ending !== undefined) return
    life.threads--
    if (life.threads > 0 && tid !== pid) return
    const exit = exitStatusOf(waitStatus)
    if (life.count === 'told' || (life.threads <= 0 && isOver(life))) {
      end(life, ktime, exit, tid)
      return
    }
    life.exit = exit
    doubtful.add(life)
  }

  const hear = ({ kind, pid, child, waitStatus, ktime }: EarlyEvent): void => {
    if (kind === 'fork') fork(pid, child, ktime)
    else if (kind === 'exec') exec(pid, ktime)
    else threadEnded(pid, pid, waitStatus, ktime)
  }

  const isOver = (life: Life): boolean => {
    const seen = ports.look(life.image.pid)
    return seen === undefined || seen.ended || !isSameBirth(life, seen.startTime)
  }

  /** Every thread may have ended untold. A first thread that ended is looked at until the others have; after an exec it is there again. */
  const lookAtDoubtful = (): void => {
    if (doubtful.size === 0) return
    for (const life of [...doubtful].slice(0, PORTION)) {
      if (isOver(life)) endUntold(life, life.exit)
      else if (life.exit === undefined || ports.look(life.image.pid)?.leaderEnded === false) doubtful.delete(life)
    }
  }

  return {
    fork,
    exec,
    threadEnded,
    thread(pid) {
      const life = lives.get(pid)
      if (life === undefined) return
      life.threads++
      // whether the last of many has ended is looked at before it is believed
      life.count = 'seen'
    },
    turn() {
      for (const life of closing) finish(life)
      if (closingNext.size > 0) {
        closing = closingNext
        closingNext = new Set()
      }
      lookAtDoubtful()
      early.turn()
      reading.turn()
    },
    admit: (image, threads, since) => admit(image, newLife(image, threads), since),
    lifeOf: (pid) => lives.get(pid),
    lives: () => lives.values(),
    end(life, exit) {
      if (life.ending === undefined) endUntold(life, exit)
    },
    doubt() {
      for (const life of lives.values()) {
        life.count = 'seen'
        if (life.ending === undefined) doubtful.add(life)
      }
    },
    flush() {
      for (const life of [...closing, ...closingNext]) finish(life)
      early.clear()
      reading.flush()
    },
    retries: early.retries,
    failures
  }
}
