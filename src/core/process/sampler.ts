import { CLOCK_GONE } from '../linux/cpu-clock.ts'
import { commandOf } from './command-line.ts'
import { countOwn, countWaited, emptyTreeCpu } from './cpu-accounting.ts'
import { execIdOf, ktimeOfStart } from './exec-id.ts'
import type { Forest } from './forest.ts'
import { GONE, type KeptFiles, UNREADABLE } from './kept-files.ts'
import type { Member } from './member.ts'
import { parseResidentPages, parseRunTime } from './memory-files.ts'
import type { ProcReader } from './proc-reader.ts'
import type { ProcessSample } from './sample.ts'
import { emptyStatLine, hasEnded, parseStatLine, type StatLine } from './stat-line.ts'

/**
 * What a look at one process found. still: it has not run since the last look, so nothing about it changed and it has not forked;
 * ran: it may have changed; ended: a zombie; gone: reaped, or another process has its pid; unknown: could not be read this time.
 */
export type Look = 'still' | 'ran' | 'ended' | 'gone' | 'unknown'

export interface Sampler {
  /** The CPU clock of the process, or user and system ticks. */
  readonly source: 'clock' | 'stat'
  /** Cheapest first: the clock, and more only where it moved. `forksKnown`: events tell which processes have children. */
  quick(member: Member, forksKnown: boolean): Look
  /** Everything. */
  full(member: Member): Look
  /** The stat line of the last `full`; valid until the next look. */
  readonly line: StatLine
  /** A process as it is now; undefined when it is gone or cannot be read. */
  inspect(pid: number, execKtime?: bigint): ProcessSample | undefined
  /** The same, with what tells whether it has executed another program since. */
  meet(pid: number, execKtime?: bigint): { readonly sample: ProcessSample; readonly startStack: number } | undefined
}

export interface SamplerOptions {
  readonly reader: ProcReader
  readonly files: KeptFiles
  readonly forest: Forest
  /** undefined: no native calls. */
  readonly cpuClock: ((pid: number) => number) | undefined
  readonly nodeName: string
}

/** No tree: what is counted there is thrown away. */
const nowhere = emptyTreeCpu()

export function createSampler({ reader, files, forest, cpuClock, nodeName }: SamplerOptions): Sampler {
  const { pageBytes, ticksPerSecond } = reader.units
  const msPerTick = 1000 / ticksPerSecond
  const line = emptyStatLine()

  const execId = (pid: number, startTime: number, execKtime: bigint | undefined): string =>
    execIdOf(nodeName, execKtime ?? ktimeOfStart(startTime, ticksPerSecond), pid)

  /** The member's clock now: CLOCK_GONE, UNKNOWN, or a figure that moves whenever the process runs. */
  const readClock = (member: Member): number => {
    if (cpuClock !== undefined) return cpuClock(member.pid)
    if (member.sample.threads > 1) return UNKNOWN
    const length = files.read(member.schedstat)
    if (length === GONE) return CLOCK_GONE
    const ran = length < 0 ? 0 : parseRunTime(files.buffer, length)
    return ran > 0 ? ran : UNKNOWN
  }

  const readStat = (member: Member): 'read' | 'gone' | 'unknown' => {
    const length = files.read(member.stat)
    if (length === GONE) return 'gone'
    if (length === UNREADABLE || !parseStatLine(files.buffer, length, line)) return 'unknown'
    // while it is being reaped it has neither parent nor group any more
    return line.startTime === member.startTime && line.pgid !== -1 ? 'read' : 'gone'
  }

  /** Resident bytes; GONE is certain only from a kept descriptor. */
  const readResident = (member: Member): number => {
    const length = files.read(member.statm)
    if (length < 0) return length
    const pages = parseResidentPages(files.buffer, length)
    return pages === undefined ? UNREADABLE : pages * pageBytes
  }

  const quickOfOne = (member: Member, clock: number): Look => {
    const rssBytes = readResident(member)
    if (rssBytes === GONE) return 'gone'
    countOwn(forest.treeOf(member)?.cpu ?? nowhere, member.cpu, clock)
    member.clock = clock
    member.sample = { ...member.sample, cpuMs: rounded(clock), rssBytes: rssBytes < 0 ? member.sample.rssBytes : rssBytes }
    return 'ran'
  }

  const full = (member: Member, clock: number): Look => {
    const outcome = readStat(member)
    if (outcome !== 'read') return outcome
    const ended = hasEnded(line)
    const still = clock >= 0 && clock === member.clock
    const rssBytes = ended ? 0 : residentBytes(member, clock)
    const own = countTimes(member, clock)
    if (!ended) refreshImage(member)
    publishLine(member, own, rssBytes)
    if (ended) return 'ended'
    return still ? 'still' : 'ran'
  }

  /** What has not run has no more memory than before, and less only when its pages were reclaimed. */
  const residentBytes = (member: Member, clock: number): number => {
    const still = clock >= 0 && clock === member.clock && line.rssPages === member.rssPages
    member.rssPages = line.rssPages
    if (still) return member.sample.rssBytes
    const bytes = readResident(member)
    return bytes < 0 ? line.rssPages * pageBytes : bytes
  }

  /** Counts the times of the stat line and of the clock; returns the process' own, ms. */
  const countTimes = (member: Member, clock: number): number => {
    const own = cpuClock !== undefined && clock >= 0 ? clock : (line.userTicks + line.systemTicks) * msPerTick
    const waited = (line.waitedUserTicks + line.waitedSystemTicks) * msPerTick
    const cpu = forest.treeOf(member)?.cpu ?? nowhere
    countOwn(cpu, member.cpu, own)
    // user and system time are each rounded down
    countWaited(cpu, member.cpu, waited, 2 * msPerTick)
    if (waited > 0) member.parenthood = true
    if (clock >= 0) member.clock = clock
    return own
  }

  /** Another program since the last look: told by an event, or by the name or the place of the stack. */
  const refreshImage = (member: Member): void => {
    if (member.image === 'read' && line.comm === member.sample.comm && line.startStack === member.startStack) return
    member.image = 'read'
    member.startStack = line.startStack
    const command = commandOf(reader.cmdline(member.pid) ?? NO_BYTES, line.comm)
    member.sample = { ...member.sample, execId: execId(member.pid, member.startTime, member.execKtime), command }
  }

  const publishLine = (member: Member, own: number, rssBytes: number): void => {
    const { ppid, pgid, sid, state, comm, threads } = line
    const cpuMs = rounded(own)
    const now = member.sample
    const related = ppid === now.ppid && pgid === now.pgid && sid === now.sid
    const same = state === now.state && threads === now.threads && cpuMs === now.cpuMs && rssBytes === now.rssBytes && comm === now.comm
    if (related && same) return
    member.sample = { ...now, ppid, pgid, sid, state, comm, threads, cpuMs, rssBytes }
    if (!related) forest.relationsChanged(member)
  }

  const meet: Sampler['meet'] = (pid, execKtime) => {
    const found = reader.stat(pid)
    if (found === undefined || found.pgid === -1) return undefined
    const { startTime, ppid, pgid, sid, state, comm, threads, startStack } = found
    const ticksMs = (found.userTicks + found.systemTicks) * msPerTick
    const rssBytes = found.rssPages * pageBytes
    const clock = cpuClock?.(pid) ?? CLOCK_GONE
    const cpuMs = rounded(clock === CLOCK_GONE ? ticksMs : clock)
    // after the stat line: an exec between the two shows as another stack at the next look
    const command = commandOf(reader.cmdline(pid) ?? NO_BYTES, comm)
    const id = execId(pid, startTime, execKtime)
    return { sample: { pid, startTime, execId: id, ppid, pgid, sid, state, comm, command, threads, cpuMs, rssBytes }, startStack }
  }

  return {
    source: cpuClock === undefined ? 'stat' : 'clock',
    line,
    quick(member, forksKnown) {
      const clock = readClock(member)
      if (clock === CLOCK_GONE) return 'gone'
      if (clock >= 0 && clock === member.clock) return 'still'
      // a statm that was kept open is proof of identity, as stat is
      const enough = forksKnown && !member.parenthood && member.image === 'read' && member.statm.descriptor !== -1
      return enough && cpuClock !== undefined ? quickOfOne(member, clock) : full(member, clock)
    },
    full: (member) => full(member, readClock(member)),
    inspect: (pid, execKtime) => meet(pid, execKtime)?.sample,
    meet
  }
}

const NO_BYTES = Buffer.alloc(0)
/** Beside CLOCK_GONE: several threads, or a kernel that does not count. */
const UNKNOWN = -2

/** To a microsecond. */
const rounded = (ms: number): number => Math.round(ms * 1000) / 1000
