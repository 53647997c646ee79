import { readFileSync } from 'node:fs'
import { errnoOf } from '../errors.ts'
import { cgroupFolder } from '../linux/cgroup-mount.ts'
import { isTreeCgroup } from '../linux/tree-cgroups.ts'
import { environmentValue } from '../process/command-line.ts'
import type { ProcReader } from '../process/proc-reader.ts'
import { hasEnded } from '../process/stat-line.ts'
import type { LeftNode } from './left-record.ts'

/** What became of a tree that was left. */
export type LeftMatch =
  /** Its leader, or another member, is certainly of this tree; with the cgroup that it really is in. */
  | { readonly kind: 'runs'; readonly cgroup: string | undefined }
  | { readonly kind: 'gone' }
  /** Somebody has the leader's number and start time but is not what was left: not to be touched. */
  | { readonly kind: 'another'; readonly detail: string }

const COOKIE = 'TSUPERVISE_TREE'

/** Compares pid, start time, uid and cookie with what runs now; boot and pid namespace are those of the record. */
export function matchLeft(left: LeftNode, reader: ProcReader): LeftMatch {
  const line = reader.stat(left.leader.pid)
  if (line === undefined || line.startTime !== left.leader.startTime || hasEnded(line)) return matchRest(left, reader)
  const uid = reader.status(left.leader.pid)?.uids[0]
  if (uid !== left.uid) return { kind: 'another', detail: `it runs as uid ${uid ?? 'unknown'}, and ${left.uid} was left` }
  if (cookieOf(left.leader.pid, reader) === left.cookie) return { kind: 'runs', cgroup: cgroupOf(left, left.leader.pid) }
  return { kind: 'another', detail: `${COOKIE} in its environment is not what was left, or cannot be read` }
}

/** The leader is gone; what it started may be there. */
function matchRest(left: LeftNode, reader: ProcReader): LeftMatch {
  const member = reader.pids().find((pid) => pid > 1 && pid !== process.pid && cookieOf(pid, reader) === left.cookie)
  return member === undefined ? { kind: 'gone' } : { kind: 'runs', cgroup: cgroupOf(left, member) }
}

function cookieOf(pid: number, reader: ProcReader): string | undefined {
  const environ = reader.environ(pid)
  return environ && environmentValue(environ, COOKIE)
}

/** Only a cgroup that a supervisor made for a tree, and that the process is in: a stop ends all that is in it. */
function cgroupOf({ cgroup }: LeftNode, pid: number): string | undefined {
  if (cgroup === undefined || !isTreeCgroup(cgroup)) return undefined
  const folder = cgroupFolder(textOf('/proc/self/mountinfo'), textOf(`/proc/${pid}/cgroup`))
  return folder.ok && (folder.value === cgroup || folder.value.startsWith(`${cgroup}/`)) ? cgroup : undefined
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return ''
  }
}
