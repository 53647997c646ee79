import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { errnoOf } from '../errors.ts'
import { SIGRTMIN } from '../linux/exit-status.ts'
import { closePidfd, openPidfd, signalPidfd } from '../linux/pidfd.ts'
import type { Signaller } from '../ports.ts'
import { type Identity, identityKey } from '../process/identity.ts'
import { createProcReader } from '../process/proc-reader.ts'
import { hasEnded } from '../process/stat-line.ts'
import type { SignalOutcome } from '../receipt.ts'
import type { SignalName } from '../settings.ts'

/** Who has a pid now; `unreadable`: somebody, but it cannot be told who. */
export type Occupant = { readonly startTime: number; readonly ended: boolean } | 'nobody' | 'unreadable'

export interface SignallerOptions {
  readonly occupant?: (pid: number) => Occupant
  /** `none`: as on a system without pidfds. */
  readonly pidfds?: 'auto' | 'none'
}

interface Held {
  readonly fd: number
  holders: number
}

/**
 * The one place that sends signals. Through a pidfd, so that a pid that was reused cannot be hit. Without pidfds the start
 * time is read again immediately before kill(2): a process that ends, is reaped and has its number given away between the two
 * calls (some microseconds, in which 4 million or at least 32,768 other processes must start) would be hit; nothing can close that gap.
 */
export function createSignaller(options: SignallerOptions = {}): Signaller {
  const { occupant = occupantByProc(), pidfds = 'auto' } = options
  const held = new Map<string, Held>()

  /** Whether the process is still there under its number: `same`, or why nothing is to be sent. */
  const check = (target: Identity): 'same' | 'gone' | 'recycled' | 'denied' => {
    const now = occupant(target.pid)
    if (now === 'nobody') return 'gone'
    if (now === 'unreadable') return 'denied'
    if (now.startTime !== target.startTime) return 'recycled'
    return now.ended ? 'gone' : 'same'
  }

  /** A descriptor of exactly this process: it is compared after the descriptor is there, so that nobody can slip in between. */
  const open = (target: Identity): number | 'gone' | 'recycled' | undefined => {
    if (pidfds === 'none') return undefined
    const fd = openPidfd(target.pid)
    if (!fd.ok) return fd.error.code === 'ESRCH' ? 'gone' : undefined
    const now = occupant(target.pid)
    if (typeof now === 'object' && now.startTime === target.startTime) return fd.value
    closePidfd(fd.value)
    if (now === 'unreadable') return undefined
    return now === 'nobody' ? 'gone' : 'recycled'
  }

  const byNumber = (target: Identity, signal: SignalName): SignalOutcome => {
    const found = check(target)
    return found === 'same' ? kill(target.pid, signal) : found
  }

  /** Only as long as the leader is there, if only as a zombie: afterwards the number of its group may become another one's. */
  const groupByNumber = (leader: Identity, signal: SignalName): SignalOutcome | undefined => {
    const now = occupant(leader.pid)
    return typeof now === 'object' && now.startTime === leader.startTime ? kill(-leader.pid, signal) : undefined
  }

  const through = (fd: number, target: Identity, signal: SignalName): SignalOutcome => {
    if (check(target) === 'gone') return 'gone' // a zombie would take the signal and say nothing
    const outcome = signalPidfd(fd, numberOf(signal), 'process')
    return outcome === 'unsupported' ? byNumber(target, signal) : outcome
  }

  return {
    signal(target, signal) {
      if (target.pid <= 1) return 'denied'
      const known = held.get(identityKey(target))
      if (known !== undefined) return through(known.fd, target, signal)
      const fd = open(target)
      if (fd === undefined) return byNumber(target, signal)
      if (typeof fd === 'string') return fd
      try {
        return through(fd, target, signal)
      } finally {
        closePidfd(fd)
      }
    },
    signalGroup(leader, signal) {
      if (leader.pid <= 1) return 'denied'
      const known = held.get(identityKey(leader))
      const outcome = known === undefined ? 'unsupported' : signalPidfd(known.fd, numberOf(signal), 'group')
      return outcome === 'unsupported' ? groupByNumber(leader, signal) : outcome
    },
    hold(target) {
      const key = identityKey(target)
      const known = held.get(key)
      if (known === undefined) {
        const fd = open(target)
        if (typeof fd !== 'number') return () => undefined
        held.set(key, { fd, holders: 1 })
      } else {
        known.holders += 1
      }
      return once(() => {
        const now = held.get(key)
        if (now === undefined) return
        now.holders -= 1
        if (now.holders > 0) return
        held.delete(key)
        closePidfd(now.fd)
      })
    }
  }
}

/** kill(2): a process, or a group by its negative number. */
function kill(number: number, signal: SignalName): SignalOutcome {
  try {
    process.kill(number, numberOf(signal))
    return 'sent'
  } catch (error) {
    const code = errnoOf(error)
    if (code === 'ESRCH') return 'gone'
    if (code === 'EPERM') return 'denied'
    throw error
  }
}

/** Number of a signal, also by the names that `signalName` gives to those that Node has no name for. */
export function numberOf(signal: SignalName): number {
  const number = constants.signals[signal]
  if (number !== undefined) return number
  const realTime = /^SIGRTMIN(?:\+(\d{1,2}))?$/.exec(signal)
  if (realTime !== null) return SIGRTMIN + Number(realTime[1] ?? 0)
  const nameless = /^SIG(\d{1,2})$/.exec(signal)
  if (nameless !== null) return Number(nameless[1])
  throw new Error(`${signal} is no signal of this system`)
}

function occupantByProc(): (pid: number) => Occupant {
  const proc = createProcReader()
  return (pid) => {
    const stat = proc.stat(pid)
    if (stat !== undefined) return { startTime: stat.startTime, ended: hasEnded(stat) }
    return existsSync(`${proc.root}/${pid}`) ? 'unreadable' : 'nobody'
  }
}

function once(act: () => void): () => void {
  let done = false
  return () => {
    if (done) return
    done = true
    act()
  }
}

/**
 * Stops this process and the others of its job, as the terminal's suspend key does, so that a shell gives its prompt back;
 * a helper outside of the job continues this process within 100 ms.
 */
export function suspendOwnJob(): void {
  spawn('/bin/sh', ['-c', `sleep 0.06; kill -s CONT ${process.pid}`], { detached: true, stdio: 'ignore' }).unref()
  process.kill(0, 'SIGSTOP')
}

/** Stops this process and the others of its job until the shell continues them, as for any program that is no supervisor. */
export function stopOwnJob(): void {
  process.kill(0, 'SIGTSTP')
}
