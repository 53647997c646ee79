import type { NodeSample } from '../../events.ts'
import { exitStatusOf } from '../../linux/exit-status.ts'
import type { Cancel, Clock, TreeHandle } from '../../ports.ts'
import type { ExitStatus } from '../../receipt.ts'
import type { FactsReader } from '../details/read.ts'
import { execIdOf, ktimeOfExecId } from '../exec-id.ts'
import type { ProcReader } from '../proc-reader.ts'
import type { ProcessSample } from '../sample.ts'
import { hasEnded } from '../stat-line.ts'
import type { BootTime } from './boot-time.ts'
import { createProcessCache, type ProcessCache, SWEEP_MS } from './cache.ts'
import { createFollower } from './follower.ts'
import type { ProcessCopy, ProcessImage } from './image.ts'
import { isSameBirth, type Life, type Look } from './lives.ts'
import { createMeeting } from './meeting.ts'
import type { FollowCounts } from './metrics.ts'
import { createReading } from './reading.ts'
import { createScanner } from './scanner.ts'
import type { TapListener } from './tap.ts'

/** Where what is recorded goes. `parent: undefined`: unknown. */
export interface RecordSink {
  exec(process: ProcessCopy, parent: ProcessCopy | undefined): void
  exit(process: ProcessCopy, parent: ProcessCopy | undefined): void
  /** The end of a process that nobody knows; only where all are recorded. */
  unknownExit(pid: number, ktime: bigint, exit: ExitStatus | undefined): void
}

export interface RecorderOptions {
  readonly scope: 'managed' | 'all'
  readonly capacity: number
  readonly nodeName: string
  readonly clock: Clock
  readonly bootTime: BootTime
  readonly reader: ProcReader
  readonly facts: FactsReader
  readonly sink: RecordSink
  /** The kernel dropped events, so often so far. */
  readonly onLoss?: (losses: number) => void
  readonly sweepMs?: number
}

/** Keeps the cache by what the process table hears (events), or by what it sees where nothing can be heard (scan). */
export interface Recorder extends TapListener {
  readonly cache: ProcessCache
  /** What the table saw at a refresh. */
  seen(samples: readonly NodeSample[]): void
  died(death: { readonly node: string | undefined; readonly process: ProcessSample; readonly exit: ExitStatus | undefined }): void
  /** The newest image of this very process, whether it lives or not, as far as it is known. */
  imageOf(pid: number, startTime: number): ProcessCopy | undefined
  counts(): FollowCounts
  /** Tells what is held back; nothing is told after it. */
  close(): void
}

export function createRecorder(options: RecorderOptions): Recorder {
  const { scope, capacity, nodeName, clock, bootTime, reader, facts, sink, sweepMs = SWEEP_MS } = options
  const { ticksPerSecond } = reader.units
  const cache = createProcessCache({ nodeName, capacity })
  let hearing = false
  let losses = 0
  let sweeping: Cancel | undefined

  const look = (pid: number): Look | undefined => {
    const line = reader.stat(pid)
    return line && { startTime: line.startTime, ended: hasEnded(line), leaderEnded: line.state === 'Z' }
  }

  const tell = (image: ProcessImage, kind: 'exec' | 'exit'): void => {
    const { process, parent } = cache.withParent(image.execId) ?? { process: outside(image), parent: undefined }
    const tid = image.end?.tid
    if (kind === 'exec') sink.exec(process, parent)
    else sink.exit(tid === undefined ? process : { ...process, tid }, parent)
  }

  const reading = createReading({
    read(image) {
      const life = follower.lifeOf(image.pid)
      const found = facts.read(image.pid, isInTree(image))
      return found !== undefined && life?.image === image && isSameBirth(life, found.startTime) ? found : undefined
    },
    now: bootTime.now,
    onRead: (image) => cache.weigh(image, weightOf(image)),
    tell: (image) => tell(image, 'exec')
  })

  const follower = createFollower(scope, {
    cache,
    reading,
    nodeName,
    ticksPerSecond,
    now: bootTime.now,
    look,
    tellExit: (image) => tell(image, 'exit'),
    onUnknown({ kind, pid, child, waitStatus, ktime }) {
      if (kind === 'exit') return sink.unknownExit(pid, ktime, exitStatusOf(waitStatus))
      const met = meeting.meet(pid, undefined, kind === 'exec' ? execIdOf(nodeName, ktime, pid) : undefined)
      if (met !== undefined && kind === 'fork') follower.fork(pid, child, ktime)
    }
  })
  const meeting = createMeeting({ cache, follower, reading, facts, nodeName, ticksPerSecond, now: bootTime.now })
  const scanner = createScanner({ clock, reader, follower, meeting, isHearing: () => hearing, onDone: () => settle() })

  const isInTree = ({ parentExecId }: ProcessImage): boolean =>
    parentExecId !== '' && cache.get(parentExecId)?.facts?.flags.includes('inInitTree') === true

  const scheduleSweep = (): void => {
    if (sweeping !== undefined || cache.waiting === 0) return
    sweeping = clock.after(sweepMs, () => {
      sweeping = undefined
      cache.sweep()
      scheduleSweep()
    })
  }

  /** After a look: where nothing is heard there are no turns, and nobody who could say otherwise. */
  const settle = (): void => {
    if (!hearing) follower.flush()
    scheduleSweep()
  }

  const see = (sample: ProcessSample, node: string): void => {
    const life = follower.lifeOf(sample.pid)
    if (life === undefined || !isSameBirth(life, sample.startTime)) {
      const met = hasEnded(sample) ? undefined : meeting.meet(sample.pid, node, sample.execId)
      if (met !== undefined) met.command = sample.command
      return
    }
    if (hasEnded(sample) || life.ending !== undefined) return
    if (sample.execId !== life.image.execId) catchUp(life, sample)
    else if (life.command !== undefined && life.command !== sample.command) lookAgain(life)
    life.command = sample.command
  }

  /** The table heard of an exec that was lost here. */
  const catchUp = ({ image }: Life, { pid, execId }: ProcessSample): void => {
    const ktime = ktimeOfExecId(execId)
    if (ktime !== undefined && ktime > image.ktime) follower.exec(pid, ktime)
  }

  /** It executed another program since, which nobody told of: the same image, with other words. */
  const lookAgain = ({ image }: Life): void => {
    const found = facts.read(image.pid)
    const before = image.program.facts
    if (found === undefined || (before?.binary === found.facts.binary && before?.arguments === found.facts.arguments)) return
    image.program.facts = found.facts
    tell(image, 'exec')
  }

  meeting.meet(process.pid, undefined)
  if (scope === 'all') scanner.start()

  return {
    cache,
    opened() {
      hearing = true
      // what happened while nobody listened
      follower.doubt()
      if (scope === 'all') scanner.scanOnce()
    },
    closed() {
      hearing = false
      settle()
    },
    tracked({ leader, node }: TreeHandle) {
      if (hearing) meeting.meetLeader(leader, node)
    },
    fork: follower.fork,
    thread: follower.thread,
    exec: follower.exec,
    threadEnded: follower.threadEnded,
    drained(outcome) {
      if (outcome === 'lost') {
        losses++
        options.onLoss?.(losses)
        follower.doubt()
        if (scope === 'all') scanner.scanOnce()
      }
      follower.turn()
      scheduleSweep()
    },
    seen(samples) {
      for (const { node, processes } of samples) for (const sample of processes) see(sample, node)
      if (!hearing) settle()
    },
    died({ node, process: sample, exit }) {
      const life = follower.lifeOf(sample.pid)
      const known = life !== undefined && isSameBirth(life, sample.startTime) ? life : undefined
      // the event says when; should it have been lost, this says how
      if (hearing && known !== undefined && exit !== undefined) known.exit ??= exit
      if (hearing || (known === undefined && node === undefined)) return
      follower.end(known ?? meeting.meetDead(sample, node), exit)
      scheduleSweep()
    },
    imageOf(pid, startTime) {
      const copy = cache.byPid(pid)
      return copy !== undefined && Math.abs(copy.startTime - startTime) <= 1 ? copy : undefined
    },
    counts: () => ({ retries: { ...follower.retries }, failures: { ...follower.failures }, losses }),
    close() {
      scanner.stop()
      sweeping?.()
      follower.flush()
    }
  }
}

/** An image that had to leave the cache before its end. */
function outside({ program, ...rest }: ProcessImage): ProcessCopy {
  return { ...rest, facts: program.facts, references: 0 }
}

const weightOf = ({ program: { facts } }: ProcessImage): number =>
  (facts?.arguments?.length ?? 0) + (facts?.binary?.length ?? 0) + (facts?.cwd?.length ?? 0)
