import { cgroupProcs } from '../linux/cgroup.ts'
import { hasEntry } from './command-line.ts'
import type { Forest, Tree } from './forest.ts'
import { GONE, type KeptFiles } from './kept-files.ts'
import type { Member } from './member.ts'
import { numbersIn, type ProcReader } from './proc-reader.ts'
import type { StatLine } from './stat-line.ts'

/** Looks for members that no event told of; reaper: which tree a process belongs to. */
export interface Finder {
  /** Children of these members, and theirs, as far as they are not known. */
  below(members: Iterable<Member>): void
  /** Everything in the cgroups of these trees. */
  inCgroups(trees: Iterable<Tree>): void
  /** Orphans: new children of those who adopt them. */
  adopted(): void
  /** Everything on this system that carries the cookie of the tree. */
  byCookie(tree: Tree): void
  /** Children that this process has now were started by others in it, who may wait for them. */
  rememberElders(): void
  isElder(pid: number): boolean
}

export interface FinderOptions {
  readonly reader: ProcReader
  readonly files: KeptFiles
  readonly forest: Forest
  /** This process first; without a subreaper also its ancestors, one of which gets the orphans. */
  readonly adopters: () => readonly number[]
  /** Children that Node itself started. */
  readonly isChildOfNode: (pid: number) => boolean
  /** A process that is no member yet, or whose pid a former member had. */
  readonly meet: (pid: number, node: string | undefined) => Member | undefined
}

const COOKIE = 'TSUPERVISE_TREE'
/** Children lists longer than the buffer of kept files are read whole from a fresh descriptor. */
const NEARLY_FULL = 3072
/** Passes for which a stranger is taken for one by its pid alone. */
const STRANGERS_FOR = 10

export function createFinder({ reader, files, forest, adopters, isChildOfNode, meet }: FinderOptions): Finder {
  const elders = new Map<number, number>()
  const ownStart = reader.stat(process.pid)?.startTime ?? 0
  /** Children of foreign adopters that were looked at and are not ours; all are looked at again now and then. */
  let strangers: ReadonlySet<number> = new Set()
  let passes = 0

  const childrenOf = (member: Member): readonly number[] => {
    if (member.sample.threads > 1) return reader.children(member.pid, member.sample.threads)
    const length = files.read(member.children)
    if (length === GONE || length <= 0) return []
    return length < NEARLY_FULL ? numbersIn(files.buffer.subarray(0, length)) : reader.children(member.pid, 1)
  }

  const below = (members: Iterable<Member>): void => {
    const queue = [...members]
    for (let parent = queue.pop(); parent !== undefined; parent = queue.pop()) {
      for (const pid of childrenOf(parent)) {
        parent.parenthood = true
        const known = forest.members.get(pid)
        if (known !== undefined && known.sample.ppid === parent.pid) continue
        const met = meet(pid, parent.node)
        if (met !== undefined && met !== known) queue.push(met)
      }
    }
  }

  /** By last seen session or group, then by cookie. */
  const claim = (pid: number, line: StatLine): string | undefined => forest.kin(line.sid, line.pgid) ?? cookieOf(pid)

  const cookieOf = (pid: number): string | undefined => {
    const environ = reader.environ(pid)
    if (environ === undefined || !environ.includes(`${COOKIE}=`)) return undefined
    for (const tree of forest.trees.values()) {
      if (hasEntry(environ, `${COOKIE}=${tree.handle.cookie}`)) return tree.handle.node
    }
    return undefined
  }

  const isElder = (pid: number): boolean => {
    const startTime = elders.get(pid)
    if (startTime === undefined) return false
    if (reader.stat(pid)?.startTime === startTime) return true
    elders.delete(pid)
    return false
  }

  const adoptOwn = (pid: number): Member | undefined => {
    const known = forest.members.get(pid)
    if (known !== undefined && known.sample.ppid === process.pid) return undefined
    if (known === undefined && (isChildOfNode(pid) || isElder(pid))) return undefined
    const line = reader.stat(pid)
    if (line === undefined) return undefined
    // a child of what ran here before (`exec tsupervise`); with PID 1 everything ends, and is asked to beforehand
    if (line.startTime < ownStart && process.pid !== 1) return undefined
    return meet(pid, known?.node ?? claim(pid, line))
  }

  const adoptAll = (self: number): void => {
    for (const pid of reader.children(self, 1)) {
      const met = adoptOwn(pid)
      if (met !== undefined) below([met])
    }
  }

  /** Where the kernel lists no children: one process, found by its parent. */
  const scanOne = (pid: number, foreignAdopters: readonly number[]): Member | undefined => {
    if (forest.members.has(pid)) return undefined
    const line = reader.stat(pid)
    if (line === undefined) return undefined
    const parent = forest.members.get(line.ppid)
    if (parent !== undefined) {
      parent.parenthood = true
      return meet(pid, parent.node)
    }
    if (line.ppid === process.pid) return adoptOwn(pid)
    const node = foreignAdopters.includes(line.ppid) ? claim(pid, line) : undefined
    return node === undefined ? undefined : meet(pid, node)
  }

  /** Every process of the host, until nothing new turns up: a child may have a lower number than its parent. */
  const scan = (): void => {
    const foreignAdopters = adopters().slice(1)
    let found = 1
    while (found > 0) {
      found = 0
      for (const pid of reader.pids()) if (scanOne(pid, foreignAdopters) !== undefined) found++
    }
  }

  const adoptFrom = (adopter: number, seen: Set<number>): void => {
    for (const pid of reader.children(adopter, Number.POSITIVE_INFINITY)) {
      if (pid === process.pid || forest.members.has(pid)) continue
      seen.add(pid)
      if (strangers.has(pid)) continue
      const line = reader.stat(pid)
      const node = line === undefined ? undefined : claim(pid, line)
      const met = node === undefined ? undefined : meet(pid, node)
      if (met !== undefined) below([met])
    }
  }

  return {
    below: (members) => (reader.listsChildren ? below(members) : scan()),
    inCgroups(trees) {
      for (const { handle } of trees) {
        if (handle.cgroup === undefined) continue
        for (const pid of cgroupProcs(handle.cgroup) ?? []) {
          const known = forest.members.get(pid)
          if (known === undefined) meet(pid, handle.node)
          else if (known.node !== handle.node) forest.move(known, handle.node)
        }
      }
    },
    adopted() {
      if (!reader.listsChildren) return scan()
      const [self, ...ancestors] = adopters()
      if (self !== undefined) adoptAll(self)
      if (ancestors.length === 0) return
      if (++passes % STRANGERS_FOR === 0) strangers = new Set()
      const seen = new Set<number>()
      for (const adopter of ancestors) adoptFrom(adopter, seen)
      strangers = seen
    },
    byCookie({ handle }) {
      for (const pid of reader.pids()) {
        const environ = forest.members.has(pid) || pid === process.pid ? undefined : reader.environ(pid)
        if (environ !== undefined && hasEntry(environ, `${COOKIE}=${handle.cookie}`)) meet(pid, handle.node)
      }
    },
    rememberElders() {
      // orphans come to PID 1 from its first moment on, and nobody else in it waits for them
      if (process.pid === 1) return
      for (const pid of reader.children(process.pid, Number.POSITIVE_INFINITY)) {
        const line = reader.stat(pid)
        if (line !== undefined && line.startTime >= ownStart) elders.set(pid, line.startTime)
      }
    },
    isElder
  }
}
