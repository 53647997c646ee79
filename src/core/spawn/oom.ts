import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { errnoOf } from '../errors.ts'
import { memoryCgroupFolder } from '../linux/cgroup-mount.ts'
import type { Held } from './containment.ts'

/** Where the kernel counts its out-of-memory kills of a process: memory.events of cgroup v2, memory.oom_control of v1. */
const COUNTERS = ['memory.events', 'memory.oom_control']

/**
 * Where the out-of-memory kills of this process are counted: in the tree's own cgroup, else in the nearest one above it, which the tree
 * may share with others; undefined where the system does not tell.
 */
export const findOomCounter = (held: Held, pid: number): string | undefined =>
  (held.kind === 'cgroup' ? nearestCounter(held.folder) : undefined) ?? nearestCounter(memoryCgroupFolder(pid))

/** Whether the kernel's out-of-memory killer has struck there since; to be asked when the leader died of SIGKILL. */
export function createOomWatch(counter: string | undefined): () => boolean {
  const before = counter === undefined ? 0 : (killsIn(counter) ?? 0)
  return () => counter !== undefined && (killsIn(counter) ?? 0) > before
}

function nearestCounter(folder: string | undefined): string | undefined {
  for (let at = folder; at !== undefined && at !== dirname(at); at = dirname(at)) {
    for (const name of COUNTERS) if (killsIn(join(at, name)) !== undefined) return join(at, name)
  }
  return undefined
}

/** The number behind `oom_kill`; undefined where there is none. */
function killsIn(file: string): number | undefined {
  try {
    const count = /^oom_kill (\d+)$/m.exec(readFileSync(file, 'latin1'))?.[1]
    return count === undefined ? undefined : Number(count)
  } catch (error) {
    if (errnoOf(error) !== undefined) return undefined
    throw error
  }
}
