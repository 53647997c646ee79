import { type Identity, identityKey, sameProcess } from '../process/identity.ts'
import type { ProcReader } from '../process/proc-reader.ts'
import type { ProcessSample } from '../process/sample.ts'
import { hasEnded } from '../process/stat-line.ts'

/** The living members of one orphan's tree now, found afresh, the orphan first. */
export type OrphanTree = () => Promise<readonly ProcessSample[]>

interface Related extends Identity {
  readonly pgid: number
  readonly sid: number
}

/** Every process of the system, read after it was asked for; many who ask at once share one reading. */
export type Scan = () => Promise<readonly Related[]>

export function createScan(reader: ProcReader): Scan {
  let coming: Promise<readonly Related[]> | undefined
  const read = (): readonly Related[] => {
    coming = undefined
    return reader.pids().flatMap((pid) => {
      const stat = reader.stat(pid)
      return stat === undefined ? [] : [{ pid, startTime: stat.startTime, pgid: stat.pgid, sid: stat.sid }]
    })
  }
  return () => {
    coming ??= Promise.resolve().then(read)
    return coming
  }
}

export interface OrphanTreeOptions {
  readonly reader: ProcReader
  readonly inspect: (pid: number) => ProcessSample | undefined
  readonly scan: Scan
  /** Members of the tree that this process leads, by cgroup, events and cookie, where the supervisor started it. */
  readonly managed: (child: Identity) => Promise<readonly Identity[]>
}

/**
 * The orphan, its descendants, who is in a session or group that one of them leads or led, and, of a leader that the supervisor
 * started, its whole tree. Who was a member once stays one, whoever becomes its parent; reaper: scope.
 * Not found: who had left session and group, and whose parent was gone, before the orphan's parent died; of such a process
 * nothing tells any more whose it was.
 */
export function createOrphanTree(orphan: Identity, { reader, inspect, scan, managed }: OrphanTreeOptions): OrphanTree {
  const members = new Map<string, Identity>([[identityKey(orphan), orphan]])
  /** Of sessions and groups, by their number. */
  const leaders = new Map<number, Identity>()

  const add = ({ pid, startTime }: Identity): void => {
    const key = identityKey({ pid, startTime })
    if (!members.has(key)) members.set(key, { pid, startTime })
  }

  const takeKin = (all: readonly Related[]): void => {
    // the number of a group belongs to the next process of that number once the group is empty
    for (const other of all) {
      const leader = leaders.get(other.pid)
      if (leader !== undefined && !sameProcess(leader, other)) leaders.delete(other.pid)
    }
    for (const other of all) if (leaders.has(other.pgid) || leaders.has(other.sid)) add(other)
  }

  /** Adds the children of `member`; false: it is gone. */
  const walk = (member: Identity): boolean => {
    const stat = reader.stat(member.pid)
    if (stat === undefined || stat.startTime !== member.startTime || hasEnded(stat)) return false
    if (stat.sid === member.pid || stat.pgid === member.pid) leaders.set(member.pid, member)
    for (const pid of reader.children(member.pid, stat.threads)) {
      const startTime = reader.stat(pid)?.startTime
      if (startTime !== undefined) add({ pid, startTime })
    }
    return true
  }

  return async () => {
    for (const member of await managed(orphan)) add(member)
    const living = new Map<string, ProcessSample>()
    const visit = (): void => {
      // grows while it is gone through
      for (const [key, member] of members) {
        if (living.has(key)) continue
        const sample = walk(member) ? inspect(member.pid) : undefined
        if (sample !== undefined && sameProcess(sample, member)) living.set(key, sample)
        else members.delete(key)
      }
    }
    visit()
    if (leaders.size > 0) {
      takeKin(await scan())
      visit()
    }
    return [...living.values()]
  }
}
