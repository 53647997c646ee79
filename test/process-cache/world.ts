import { createProcessCache, type ProcessCache } from '../../src/core/process/cache/cache.ts'
import { createFollower, type Follower } from '../../src/core/process/cache/follower.ts'
import type { ProcessImage } from '../../src/core/process/cache/image.ts'
import type { Look } from '../../src/core/process/cache/lives.ts'
import { createReading } from '../../src/core/process/cache/reading.ts'
import { MISSED, type ProcessFacts } from '../../src/core/process/details/facts.ts'
import { NODE } from './images.ts'

export const MS = 1_000_000n
const TICK = 10n * MS

/** What was told of an image, in a form that can be compared. */
export interface Told {
  readonly what: 'exec' | 'exit'
  readonly pid: number
  readonly ktime: bigint
  readonly parent: string
  readonly binary: string | undefined
  readonly status: string | undefined
}

/** A follower over processes that are only numbers: `alive` says what /proc would show. */
export class World {
  readonly cache: ProcessCache
  readonly follower: Follower
  readonly told: Told[] = []
  /** By pid: the start time, the program, and how many threads are left. */
  readonly alive = new Map<number, { startTime: number; binary: string; leader: 'there' | 'ended' }>()
  now = 1000n * MS

  constructor(scope: 'managed' | 'all' = 'managed', capacity = 1000) {
    this.cache = createProcessCache({ nodeName: NODE, capacity })
    const reading = createReading({
      read: (image) => {
        const seen = this.alive.get(image.pid)
        return seen && { startTime: seen.startTime, ppid: 1, threads: 1, facts: factsOf(seen.binary) }
      },
      now: () => this.now,
      onRead: () => undefined,
      tell: (image) => this.tell('exec', image)
    })
    this.follower = createFollower(scope, {
      cache: this.cache,
      reading,
      nodeName: NODE,
      ticksPerSecond: 100,
      now: () => this.now,
      look: (pid) => this.look(pid),
      tellExit: (image) => this.tell('exit', image),
      onUnknown: () => undefined
    })
  }

  look(pid: number): Look | undefined {
    const seen = this.alive.get(pid)
    return seen && { startTime: seen.startTime, ended: false, leaderEnded: seen.leader === 'ended' }
  }

  /** The leader of a managed tree, born at `ktime`. */
  leader(pid: number, ktime = this.now): ProcessImage {
    const startTime = Number(ktime / TICK)
    this.alive.set(pid, { startTime, binary: 'leader', leader: 'there' })
    const image: ProcessImage = {
      execId: Buffer.from(`${NODE}:${BigInt(startTime) * TICK}:${pid}`).toString('base64'),
      pid,
      startTime,
      ktime: BigInt(startTime) * TICK,
      parentExecId: '',
      made: 'found',
      node: 'worker',
      source: 'scan',
      program: { facts: factsOf('leader') },
      end: undefined
    }
    this.follower.admit(image, 1, ktime)
    return image
  }

  /** Lets time pass and ends a turn; what was asked for is looked at, and told when it is beyond doubt. */
  turns(count = 1): void {
    for (let turn = 0; turn < count; turn++) {
      this.now += 50n * MS
      this.follower.turn()
    }
  }

  private tell(what: Told['what'], image: ProcessImage): void {
    const { exit } = image.end ?? {}
    const parent = this.cache.get(image.parentExecId)
    this.told.push({
      what,
      pid: image.pid,
      ktime: image.ktime,
      parent: parent === undefined ? '' : `${parent.pid}:${parent.ktime}`,
      binary: image.program.facts?.binary,
      status: exit === undefined ? undefined : String(exit.code ?? exit.signal)
    })
  }
}

export const factsOf = (binary: string): ProcessFacts => ({ ...MISSED, binary, arguments: '', flags: [] })
