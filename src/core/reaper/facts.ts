import { readFileSync } from 'node:fs'
import { errnoOf } from '../errors.ts'
import { type Identity, identityKey } from '../process/identity.ts'
import type { ProcReader } from '../process/proc-reader.ts'
import { hasEnded, isKernelThread } from '../process/stat-line.ts'

/** What the rules look at of a process, at one moment. */
export interface ProcessFacts extends Identity {
  readonly ppid: number
  /** A process, one of its threads (whose number is no process id), or a thread of the kernel. */
  readonly kind: 'process' | 'thread' | 'kernel-thread'
  readonly ended: boolean
  /** Real, effective, saved; undefined: not looked at. */
  readonly uids: readonly number[] | undefined
}

export interface FactsWanted {
  readonly uids: boolean
  /** Whether the number is known to be that of a process, and not of one of its threads. */
  readonly isProcess: boolean
}

const ALL: FactsWanted = { uids: true, isProcess: false }

/** undefined: no such process, or it may not be looked at. The caller makes sure that nobody else got the number meanwhile. */
export function readFacts(reader: ProcReader, pid: number, wanted: FactsWanted = ALL): ProcessFacts | undefined {
  const stat = reader.stat(pid)
  if (stat === undefined) return undefined
  const { startTime, ppid } = stat
  const ended = hasEnded(stat)
  const kernel = isKernelThread(stat)
  const ours = { pid, startTime, ppid, ended }
  if (wanted.isProcess && !wanted.uids) return { ...ours, kind: kernel ? 'kernel-thread' : 'process', uids: undefined }
  const status = reader.credentials(pid)
  if (status === undefined) return undefined
  return { ...ours, kind: kernel ? 'kernel-thread' : status.tgid === pid ? 'process' : 'thread', uids: status.uids }
}

/** What concerns the supervisor itself. */
export interface SelfFacts {
  readonly pid: number
  /** Effective and real uid of the supervisor: whom it may signal unless it is root. */
  readonly uids: readonly number[]
  /** What a uid that is not mapped into our user namespace looks like. */
  readonly overflowUid: number
  isAncestor(process: Identity): boolean
  isGuardian(process: Pick<ProcessFacts, 'pid' | 'ppid'>): boolean
}

/** `guardianMark`: the word in the guardian's command line. */
export function readSelf(reader: ProcReader, guardianMark: string): SelfFacts {
  const ancestors = new Set<string>()
  for (let pid = process.ppid; pid > 0; ) {
    const stat = reader.stat(pid)
    if (stat === undefined || ancestors.size > 4096) break
    // those that end are replaced by others of them, never by a process that was none
    ancestors.add(identityKey({ pid, startTime: stat.startTime }))
    pid = stat.ppid
  }
  return {
    pid: process.pid,
    uids: [process.geteuid?.() ?? -1, process.getuid?.() ?? -1],
    overflowUid: readOverflowUid(reader.root),
    isAncestor: (process) => ancestors.has(identityKey(process)),
    isGuardian: ({ pid, ppid }) => ppid === process.pid && (reader.cmdline(pid)?.includes(`\0${guardianMark}\0`) ?? false)
  }
}

const USUAL_OVERFLOW_UID = 65_534

function readOverflowUid(root: string): number {
  try {
    return Number(readFileSync(`${root}/sys/kernel/overflowuid`, 'latin1').trim()) || USUAL_OVERFLOW_UID
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return USUAL_OVERFLOW_UID
  }
}
