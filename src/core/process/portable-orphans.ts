import { cgroupProcs } from '../linux/cgroup.ts'
import type { TreeHandle } from '../ports.ts'
import { ancestorsOfUs } from './ancestors.ts'
import type { ListedProcess } from './ps-lines.ts'
import type { ProcessSample } from './sample.ts'

/** Which tree an orphan belongs to that was not seen while its parent lived: by cgroup, by last seen session or group, by cookie. */
export interface PortableOrphans {
  /** Session and group of a member; they outlive it. */
  note(sample: ProcessSample, node: string): void
  forget(node: string): void
  /** Those of the list that belong to a tree though no member is their parent; undefined: adopted by PID 1, of unknown origin. */
  claim(listed: readonly ListedProcess[], isMember: (pid: number) => boolean): Promise<ReadonlyMap<number, string | undefined>>
}

export interface PortableOrphansOptions {
  readonly describe: (pids: readonly number[]) => Promise<ReadonlyMap<number, ProcessSample>>
  /** undefined: not to be read. */
  readonly cookie: (pid: number) => string | undefined
  readonly trees: () => Iterable<TreeHandle>
  /** Children that Node itself started. */
  readonly isChildOfNode: (pid: number) => boolean
}

/** Looks for which a stranger is taken for one by its pid alone. */
const STRANGERS_FOR = 10

export function createPortableOrphans(options: PortableOrphansOptions): PortableOrphans {
  const kinship = new Map<number, string>()
  const isInit = process.pid === 1
  let strangers: ReadonlySet<number> = new Set()
  let looks = 0
  /** Session and group of the supervisor, which prove nothing. */
  let shared: readonly number[] | undefined

  const ownNumbers = async (): Promise<readonly number[]> => {
    const us = (await options.describe([process.pid])).get(process.pid)
    return us === undefined ? [] : [us.sid, us.pgid]
  }

  const nodeOf = (
    { pid, sid, pgid }: ProcessSample,
    present: ReadonlySet<number>,
    isMember: (pid: number) => boolean
  ): string | undefined => {
    for (const number of [sid, pgid]) {
      // the number is another process's by now
      const isForeign = present.has(number) && !isMember(number) && number !== pid
      if (!isForeign && !shared?.includes(number)) {
        const node = kinship.get(number)
        if (node !== undefined) return node
      }
    }
    const cookie = options.cookie(pid)
    if (cookie === undefined) return undefined
    for (const tree of options.trees()) if (tree.cookie === cookie) return tree.node
    return undefined
  }

  function* inCgroups(present: ReadonlySet<number>, isMember: (pid: number) => boolean): Iterable<[number, string]> {
    for (const { node, cgroup } of options.trees()) {
      if (cgroup === undefined) continue
      for (const pid of cgroupProcs(cgroup) ?? []) if (present.has(pid) && !isMember(pid)) yield [pid, node]
    }
  }

  return {
    note({ sid, pgid }, node) {
      for (const number of [sid, pgid]) if (number > 0) kinship.set(number, node)
    },
    forget(node) {
      for (const [number, owner] of kinship) if (owner === node) kinship.delete(number)
    },
    async claim(listed, isMember) {
      shared ??= await ownNumbers()
      if (++looks % STRANGERS_FOR === 0) strangers = new Set()
      const adopters = new Set([process.pid, ...ancestorsOfUs(listed)])
      const candidates = listed.filter(
        ({ pid, ppid }) => adopters.has(ppid) && !adopters.has(pid) && !isMember(pid) && !options.isChildOfNode(pid)
      )
      const present = new Set(listed.map(({ pid }) => pid))
      const found = new Map<number, string | undefined>(inCgroups(present, isMember))
      const described = await options.describe(candidates.map(({ pid }) => pid).filter((pid) => !strangers.has(pid)))
      const seen = new Set<number>()
      for (const { pid, ppid } of candidates) {
        if (found.has(pid)) continue
        const sample = described.get(pid)
        const node = sample === undefined ? undefined : nodeOf(sample, present, isMember)
        if (node !== undefined || (isInit && ppid === 1)) found.set(pid, node)
        else seen.add(pid)
      }
      strangers = seen
      return found
    }
  }
}
