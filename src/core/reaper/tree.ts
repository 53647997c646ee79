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
}

/**
 * The orphan, its descendants, and who is in a session or group of its own. Who was a member once stays one,
 * whoever becomes its parent; reaper: scope.
 */
export function createOrphanTree(orphan: Identity, { reader, inspect, scan }: OrphanTreeOptions): OrphanTree {
  const members = new Map<string, Identity>([[identityKey(orphan), orphan]])
  const first = reader.stat(orphan.pid)
  const leads = first !== undefined && first.startTime === orphan.startTime && (first.sid === orphan.pid || first.pgid === orphan.pid)

  const takeKin = (all: readonly Related[]): void => {
    // the number of a group belongs to the next process of that number once the group is empty
    if (all.some((other) => other.pid === orphan.pid && !sameProcess(other, orphan))) return
    for (const { pid, startTime, pgid, sid } of all) {
      if (pgid === orphan.pid || sid === orphan.pid) members.set(identityKey({ pid, startTime }), { pid, startTime })
    }
  }

  /** Adds the children of `member`; false: it is gone. */
  const walk = (member: Identity): boolean => {
    const stat = reader.stat(member.pid)
    if (stat === undefined || stat.startTime !== member.startTime || hasEnded(stat)) return false
    for (const pid of reader.children(member.pid, stat.threads)) {
      const startTime = reader.stat(pid)?.startTime
      const key = startTime === undefined ? undefined : identityKey({ pid, startTime })
      if (startTime !== undefined && key !== undefined && !members.has(key)) members.set(key, { pid, startTime })
    }
    return true
  }

  return async () => {
    if (leads) takeKin(await scan())
    const living: ProcessSample[] = []
    // grows while it is gone through
    for (const [key, member] of members) {
      const sample = walk(member) ? inspect(member.pid) : undefined
      if (sample !== undefined && sameProcess(sample, member)) living.push(sample)
      else members.delete(key)
    }
    return living
  }
}
