import { createCpuClock } from '../linux/cpu-clock.ts'
import type { DescriptorBudget } from '../linux/descriptors.ts'
import { createReadinessWatch } from '../linux/epoll.ts'
import { setSubreaper } from '../linux/subreaper.ts'
import { type Adoption, createAdoption } from './adoption.ts'
import { watchChildrenOfNode } from './children-of-node.ts'
import { createDeaths, type Deaths } from './deaths.ts'
import { createFinder, type Finder } from './finder.ts'
import { createForest, type Forest } from './forest.ts'
import { createKeptFiles } from './kept-files.ts'
import { type Member, newMember } from './member.ts'
import { createProcReader, type ProcReader } from './proc-reader.ts'
import { createSampler, type Sampler } from './sampler.ts'
import { hasEnded } from './stat-line.ts'
import { createTreeReporter, type TreeReporter } from './tree-report.ts'

export interface ProcfsParts {
  readonly reader: ProcReader
  readonly forest: Forest
  readonly sampler: Sampler
  readonly deaths: Deaths
  readonly finder: Finder
  readonly adoption: Adoption
  readonly reporter: TreeReporter
  /** Whether orphans come to this process. */
  readonly isSubreaper: boolean
  /** Members whose end nothing tells of. */
  readonly unwatched: Set<Member>
  /** Takes a process into the table, or brings what is known of it up to date; undefined for one that has ended. */
  meet(pid: number, node: string | undefined, execKtime?: bigint): Member | undefined
  close(): void
}

export interface PartsOptions {
  readonly procRoot: string
  readonly nodeName: string
  readonly isOwnChild: (pid: number) => boolean
  /** Of stat files and pidfds; others take from it too. */
  readonly budget: DescriptorBudget
  /** Reads the process events that wait. */
  readonly drain: () => void
  /** The tree of a process that lived too short to be looked at. */
  readonly nodeByEvents: (pid: number) => string | undefined
}

/** A round is one refresh; everything of each member is looked at once in so many. */
export const ROUNDS = 10
/** So many members have their turn in the same round: enough that a round pays, few enough that none takes long. */
const TOGETHER = 50

/** What the table on /proc is made of, joined. */
export function createProcfsParts(options: PartsOptions): ProcfsParts {
  const reader = createProcReader(options.procRoot)
  const us = reader.stat(process.pid)
  const forest = createForest(us === undefined ? [] : [us.sid, us.pgid])
  const { budget } = options
  const files = createKeptFiles(budget)
  const sampler = createSampler({ reader, files, forest, cpuClock: createCpuClock(), nodeName: options.nodeName })
  const childrenOfNode = watchChildrenOfNode()
  const isChildOfNode = (pid: number): boolean => childrenOfNode.has(pid) || options.isOwnChild(pid)
  // what a callback of the poll adapter throws is a bug: let it end the process as any other
  const watch = createReadinessWatch((error) => {
    setImmediate(() => {
      throw error
    })
  })
  const readiness = watch.ok ? watch.value : undefined
  const unwatched = new Set<Member>()
  const isSubreaper = setSubreaper(true).ok
  let admitted = 0

  const meet: ProcfsParts['meet'] = (pid, node, execKtime) => {
    const met = sampler.meet(pid, execKtime)
    if (met === undefined) return undefined
    const { sample } = met
    const former = forest.members.get(pid)
    if (former !== undefined && former.startTime === sample.startTime) {
      if (former.node === undefined && node !== undefined) forest.move(former, node)
      deaths.settle(former, sampler.full(former))
      return former
    }
    if (former !== undefined) deaths.settle(former, 'gone')
    if (hasEnded(sample)) return undefined
    const member = newMember(reader.root, met, node, Math.floor(admitted++ / TOGETHER) % ROUNDS)
    member.execKtime = execKtime
    forest.admit(member)
    const look = sampler.full(member)
    deaths.settle(member, look)
    if (member.phase === 'alive') deaths.watch(member)
    return forest.find(member)
  }

  /** Orphans of a tree that an earlier supervisor started go where its leader went. */
  const foreignAdopters = (): readonly number[] => {
    const parents = [...forest.trees.values()].flatMap(({ handle }) =>
      handle.adopted ? [1, forest.find(handle.leader)?.sample.ppid ?? 1] : []
    )
    return isSubreaper && parents.length === 0 ? [] : [...ancestorsOf(reader), ...parents]
  }
  const adopters = (): readonly number[] => [process.pid, ...new Set(foreignAdopters().filter((pid) => pid !== process.pid))]
  const finder = createFinder({ reader, files, forest, adopters, isChildOfNode, meet })
  finder.rememberElders()
  const adoption = createAdoption({
    reader,
    forest,
    sampler,
    isChildOfNode,
    deaths: () => deaths,
    finder: () => finder,
    nodeByEvents: options.nodeByEvents
  })
  const takeAdopted = (pid: number): boolean => isSubreaper && adoption.reapOne(pid)
  const deaths = createDeaths({ forest, sampler, files, budget, readiness, takeAdopted, unwatched, beforeDrop: options.drain })

  return {
    reader,
    forest,
    sampler,
    deaths,
    finder,
    adoption,
    reporter: createTreeReporter(forest, files, sampler.source),
    isSubreaper,
    unwatched,
    meet,
    close() {
      for (const member of [...forest.members.values()]) deaths.drop(member)
      readiness?.close()
      childrenOfNode.close()
      if (isSubreaper) setSubreaper(false)
    }
  }
}

/** Parents up to init. */
function ancestorsOf(reader: ProcReader): readonly number[] {
  const found: number[] = []
  for (let pid = process.ppid; pid > 0 && !found.includes(pid); pid = reader.stat(pid)?.ppid ?? 0) found.push(pid)
  return found
}
