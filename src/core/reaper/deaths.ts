import { closeSync, openSync, readSync } from 'node:fs'
import { errnoOf } from '../errors.ts'
import type { DescriptorBudget } from '../linux/descriptors.ts'
import type { ReadinessWatch } from '../linux/epoll.ts'
import { openPidfd, signalPidfd } from '../linux/pidfd.ts'
import type { Cancel, Clock } from '../ports.ts'
import { type Identity, identityKey } from '../process/identity.ts'
import type { ProcReader } from '../process/proc-reader.ts'
import { hasEnded } from '../process/stat-line.ts'

/** What makes sure that a number still belongs to the process that had it when this was made. */
export interface Pin {
  /** undefined: none can be had; the start time is compared instead. */
  readonly pidfd: number | undefined
  /** Whether nobody else can have had the number since; a zombie keeps it. */
  holds(): boolean
  /** Not needed (any more); harmless after `watch` took it over. */
  drop(): void
}

/** That a process is watched; the same for all who watch it. */
export interface Watch {
  readonly process: Identity
}

/** Notices the end of processes: as an event where there are pidfds, else by a sweep. */
export interface Deaths {
  /** The process that has this number now, if it is watched already. If another one was, its death is told first. */
  known(pid: number): Identity | undefined
  /** A pin for one that is watched, which may be watched once more with it. */
  pinOf(process: Identity): Pin
  /** Pins whoever has the number now. `gone`: nobody; `thread`: it is a thread's. */
  pin(pid: number): Pin | 'gone' | 'thread'
  /** Its end is told once, and it is not watched any more then. Watching twice counts twice; the pin is taken over or dropped. */
  watch(process: Identity, pin: Pin): Watch
  /** One watch less. Harmless after the end, also when a later process has the same number and start time. */
  unwatch(watch: Watch): void
  /** Whether the process, watched, has its number still: it lives, or is a zombie. */
  holds(process: Identity): boolean
  /** Whether it has ended, as far as a look tells. */
  hasEnded(process: Identity): boolean
  /** Whether its end is found by the sweep. */
  isSwept(process: Identity): boolean
  close(): void
}

export interface DeathsOptions {
  readonly clock: Clock
  readonly reader: ProcReader
  readonly budget: DescriptorBudget
  /** undefined: no pidfds are used at all. */
  readonly readiness: ReadinessWatch | undefined
  /** Between two sweeps, ms. */
  readonly intervalMs: () => number
  /** Whether the sweep tells a process from a later one with its number. */
  readonly compareStartTimes: () => boolean
  readonly onDeath: (process: Identity) => void
}

interface Watched extends Watch {
  readonly pin: Pin
  users: number
}

export function createDeaths(options: DeathsOptions): Deaths {
  const { clock, reader, budget, readiness, intervalMs, compareStartTimes, onDeath } = options
  const watched = new Map<string, Watched>()
  const byPid = new Map<number, Watched>()
  const swept = new Set<Watched>()
  let sweep: Cancel | undefined

  const endedByLook = ({ pid, startTime }: Identity, pin?: Pin): boolean => {
    if (compareStartTimes() && pin?.holds() === false) return true
    const stat = reader.stat(pid)
    return stat === undefined || hasEnded(stat) || (compareStartTimes() && stat.startTime !== startTime)
  }

  const forget = (entry: Watched): void => {
    const key = identityKey(entry.process)
    watched.delete(key)
    if (byPid.get(entry.process.pid) === entry) byPid.delete(entry.process.pid)
    swept.delete(entry)
    if (entry.pin.pidfd !== undefined) readiness?.remove(entry.pin.pidfd)
    entry.pin.drop()
  }

  const end = (entry: Watched): void => {
    if (watched.get(identityKey(entry.process)) !== entry) return
    forget(entry)
    onDeath(entry.process)
  }

  const lookAtAll = (): void => {
    sweep = undefined
    for (const entry of [...swept]) if (endedByLook(entry.process, entry.pin)) end(entry)
    if (swept.size > 0) sweep = clock.after(intervalMs(), lookAtAll)
  }

  const bySweep = (entry: Watched): void => {
    swept.add(entry)
    sweep ??= clock.after(intervalMs(), lookAtAll)
  }

  const openPin = (pidfd: number | undefined, descriptor: number, holds: () => boolean): Pin => {
    let open = true
    return {
      pidfd,
      holds: () => open && holds(),
      drop() {
        if (!open) return
        open = false
        closeSync(descriptor)
        budget.give(1)
      }
    }
  }

  /** A stat file that is kept open belongs to one process for ever; proc(5). */
  const pinByStatFile = (pid: number): Pin | 'gone' => {
    if (!budget.take(1)) return pinByStartTime(pid)
    const file = openStat(`${reader.root}/${pid}/stat`)
    if (typeof file === 'number') return openPin(undefined, file, () => isReadable(file))
    budget.give(1)
    return file === 'gone' ? 'gone' : pinByStartTime(pid)
  }

  /** The last resort: within one clock tick the next process with the number looks the same. */
  const pinByStartTime = (pid: number): Pin | 'gone' => {
    const startTime = reader.stat(pid)?.startTime
    if (startTime === undefined) return 'gone'
    return { pidfd: undefined, holds: () => reader.stat(pid)?.startTime === startTime, drop: () => undefined }
  }

  const holds = (process: Identity): boolean => watched.get(identityKey(process))?.pin.holds() === true

  return {
    pinOf: (process) => ({ pidfd: undefined, holds: () => holds(process), drop: () => undefined }),
    known(pid) {
      const entry = byPid.get(pid)
      if (entry === undefined) return undefined
      if (entry.pin.holds()) return entry.process
      // within one clock tick the next one with this number would look the same
      end(entry)
      return undefined
    },
    pin(pid) {
      if (readiness === undefined) return pinByStatFile(pid)
      if (!budget.take(1)) return pinByStartTime(pid)
      const opened = openPidfd(pid)
      if (opened.ok) return openPin(opened.value, opened.value, () => signalPidfd(opened.value, 0, 'process') !== 'gone')
      budget.give(1)
      const { code } = opened.error
      if (code === 'ESRCH') return 'gone'
      if (code === 'EMFILE' || code === 'ENFILE') budget.exhaust()
      // EINVAL and, on newer kernels, ENOENT: the number of a thread that leads no process
      return code === 'EINVAL' || code === 'ENOENT' ? 'thread' : pinByStatFile(pid)
    },
    watch(process, pin) {
      const known = watched.get(identityKey(process))
      if (known !== undefined) {
        known.users += 1
        if (known.pin !== pin) pin.drop()
        return known
      }
      const entry: Watched = { process, pin, users: 1 }
      watched.set(identityKey(process), entry)
      byPid.set(process.pid, entry)
      if (pin.pidfd === undefined || readiness?.add(pin.pidfd, () => end(entry)).ok !== true) bySweep(entry)
      return entry
    },
    unwatch(watch) {
      const entry = watched.get(identityKey(watch.process))
      if (entry === undefined || entry !== watch) return
      entry.users -= 1
      if (entry.users === 0) forget(entry)
    },
    holds,
    hasEnded: (process) => endedByLook(process, watched.get(identityKey(process))?.pin),
    isSwept(process) {
      const entry = watched.get(identityKey(process))
      return entry !== undefined && swept.has(entry)
    },
    close() {
      sweep?.()
      for (const entry of [...watched.values()]) forget(entry)
    }
  }
}

function openStat(path: string): number | 'gone' | 'too-many' {
  try {
    return openSync(path, 'r')
  } catch (error) {
    const code = errnoOf(error)
    if (code === 'ENOENT' || code === 'ESRCH') return 'gone'
    if (code === undefined) throw error
    return 'too-many'
  }
}

const oneByte = Buffer.alloc(1)

/** ESRCH: its process was reaped. */
function isReadable(descriptor: number): boolean {
  try {
    return readSync(descriptor, oneByte, 0, 1, 0) === 1
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return false
    throw error
  }
}
