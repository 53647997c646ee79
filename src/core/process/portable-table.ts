import { errnoOf } from '../errors.ts'
import type { Facility } from '../events.ts'
import type { Clock, ProcessTable, TreeHandle } from '../ports.ts'
import { watchChildrenOfNode } from './children-of-node.ts'
import { countOwn, emptyTreeCpu, type MemberCpu, memberCpu, report, type TreeCpu } from './cpu-accounting.ts'
import type { Death } from './deaths.ts'
import { sameProcess } from './identity.ts'
import { reapAsInit } from './init-reaper.ts'
import { createPortableOrphans } from './portable-orphans.ts'
import { createPortableSource, type PortableSource, type Usage } from './portable-source.ts'
import type { ListedProcess } from './ps-lines.ts'
import type { ProcessSample, TreeSample } from './sample.ts'

export interface PortableTableOptions {
  readonly clock: Clock
  readonly nodeName: string
  /** undefined: ps-tree and pidusage. */
  readonly source?: PortableSource
}

interface PortableMember {
  sample: ProcessSample
  node: string | undefined
  readonly cpu: MemberCpu
}

interface PortableTree {
  readonly handle: TreeHandle
  readonly cpu: TreeCpu
  leaderCpuMs: number
}

/** pidusage measures the time since the start in whole seconds on some systems; beyond this it is another process. */
const START_TOLERANCE_MS = 2500

/**
 * The process table without /proc and without native calls: ps-tree lists all processes, pidusage tells what the members use.
 * Membership is by parent, by the last seen parent for those that were orphaned since, and by session, group and cookie for orphans that
 * no look saw before; deaths are found at the next look that succeeds.
 */
export function createPortableTable(options: PortableTableOptions): ProcessTable {
  const { clock } = options
  const source = options.source ?? createPortableSource(options.nodeName)
  const trees = new Map<string, PortableTree>()
  const members = new Map<number, PortableMember>()
  const listeners = new Set<(death: Death) => void>()
  const childrenOfNode = watchChildrenOfNode()
  const stopReaping = reapAsInit()
  const orphans = createPortableOrphans({
    describe: async (pids) => (await unlessNoRoom(source.describe(pids))) ?? new Map(),
    cookie: source.cookie,
    trees: () => [...trees.values()].map(({ handle }) => handle),
    isChildOfNode: childrenOfNode.has
  })

  const remove = (member: PortableMember): void => {
    if (members.get(member.sample.pid) !== member) return
    members.delete(member.sample.pid)
    for (const listener of listeners) listener({ node: member.node, process: member.sample, exit: undefined })
  }

  const admit = (sample: ProcessSample, node: string | undefined): void => {
    members.set(sample.pid, { sample, node, cpu: memberCpu(0, 0) })
    if (node !== undefined) orphans.note(sample, node)
  }

  /** Brings the membership up to date; ordered with parents before children where the list allows it. */
  const look = async (): Promise<void> => {
    // only those who were there before the list was made can be missing from it
    const before = [...members.values()]
    const listed = await unlessNoRoom(source.list())
    if (listed === undefined) return
    const byPid = new Map(listed.map((process) => [process.pid, process]))
    for (const member of before) if (!isAlive(byPid.get(member.sample.pid))) remove(member)
    const claimed = await orphans.claim(listed, (pid) => members.has(pid))
    const found = new Map([...claimed, ...newcomers(listed, (pid) => members.get(pid)?.node ?? claimed.get(pid))])
    const described = (await unlessNoRoom(source.describe([...members.keys(), ...found.keys()]))) ?? new Map<number, ProcessSample>()
    for (const [pid, node] of found) {
      const sample = described.get(pid)
      if (sample !== undefined && !members.has(pid)) admit(sample, node)
    }
    for (const [pid, member] of members) bringUpToDate(member, byPid.get(pid), described.get(pid))
  }

  const bringUpToDate = (member: PortableMember, listed: ListedProcess | undefined, described: ProcessSample | undefined): void => {
    if (listed !== undefined) publish(member, { ppid: listed.ppid, state: listed.state })
    if (described === undefined) return
    if (!sameProcess(described, member.sample)) {
      remove(member)
      return
    }
    // a program that was executed meanwhile has other words, and may be in another group
    const { comm, command, pgid, sid } = described
    publish(member, { comm, command, pgid, sid })
    if (member.node !== undefined) orphans.note(member.sample, member.node)
  }

  const measure = async (): Promise<void> => {
    const usage = await unlessNoRoom(source.usage([...members.keys()]))
    for (const [pid, used] of usage ?? []) {
      const member = members.get(pid)
      if (member === undefined) continue
      if (isAnother(member.sample, used)) remove(member)
      else count(member, used)
    }
  }

  const count = (member: PortableMember, used: Usage): void => {
    const tree = member.node === undefined ? undefined : trees.get(member.node)
    countOwn(tree?.cpu ?? emptyTreeCpu(), member.cpu, used.cpuMs)
    publish(member, { cpuMs: Math.max(member.sample.cpuMs, used.cpuMs), rssBytes: member.sample.state === 'Z' ? 0 : used.rssBytes })
    if (tree !== undefined && sameProcess(tree.handle.leader, member.sample)) tree.leaderCpuMs = member.sample.cpuMs
  }

  /** The system's own measure of its age against the age that its start time says. */
  const ages = new Map<string, number>()
  const isAnother = (sample: ProcessSample, used: Usage): boolean => {
    if (used.cpuMs < sample.cpuMs - START_TOLERANCE_MS) return true
    const key = `${sample.pid}:${sample.startTime}`
    const bornAt = clock.now() - used.elapsedMs
    const before = ages.get(key)
    if (before === undefined) ages.set(key, bornAt)
    return before !== undefined && bornAt - before > START_TOLERANCE_MS
  }

  const samplesOf = (node: string): readonly ProcessSample[] => {
    const leader = trees.get(node)?.handle.leader
    const own = [...members.values()].filter((member) => member.node === node).map((member) => member.sample)
    return own.sort((a, b) => rank(a, leader) - rank(b, leader))
  }

  const sampleOf = (node: string, tree: PortableTree): TreeSample => {
    const processes = samplesOf(node)
    const leader = processes.find((process) => sameProcess(process, tree.handle.leader))
    return {
      at: clock.now(),
      cpuMs: report(tree.cpu),
      leaderCpuMs: tree.leaderCpuMs,
      cpuSource: 'portable',
      rssBytes: processes.reduce((sum, process) => sum + process.rssBytes, 0),
      leaderRssBytes: leader?.rssBytes ?? 0,
      processes
    }
  }

  const untrack = (node: string): void => {
    trees.delete(node)
    orphans.forget(node)
    for (const member of members.values()) if (member.node === node) member.node = undefined
  }

  return {
    sampler: 'portable',
    facilities: portableFacilities(),
    track(handle) {
      untrack(handle.node)
      trees.set(handle.node, { handle, cpu: emptyTreeCpu(), leaderCpuMs: 0 })
      const leader = source.describeOne(handle.leader.pid)
      if (leader !== undefined && sameProcess(leader, handle.leader)) admit(leader, handle.node)
    },
    untrack,
    async refresh() {
      await look()
      await measure()
      for (const key of ages.keys()) if (!members.has(Number.parseInt(key, 10))) ages.delete(key)
      return new Map([...trees].map(([node, tree]) => [node, sampleOf(node, tree)]))
    },
    async members(node) {
      await look()
      return samplesOf(node).filter((process) => process.state !== 'Z')
    },
    owner(target) {
      const member = members.get(target.pid)
      return member !== undefined && sameProcess(member.sample, target) ? member.node : undefined
    },
    pss: async () => undefined,
    onDeath(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    inspect: (pid) => source.describeOne(pid),
    async strays() {
      await look()
      return [...members.values()].filter((member) => member.node === undefined).map((member) => member.sample)
    },
    close() {
      trees.clear()
      members.clear()
      listeners.clear()
      childrenOfNode.close()
      stopReaping()
    }
  }
}

const NO_ROOM: readonly (string | undefined)[] = ['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM']

/** undefined: there was no descriptor, process or memory left to look with, so what was seen last stays. */
const unlessNoRoom = <T>(look: Promise<T>): Promise<T | undefined> =>
  look.catch((error: unknown) => {
    if (NO_ROOM.includes(errnoOf(error))) return undefined
    throw error
  })

const isAlive = (listed: ListedProcess | undefined): boolean => listed !== undefined && listed.state !== 'X'

/** Leader first, the others by age. */
const rank = (sample: ProcessSample, leader: { readonly pid: number } | undefined): number =>
  sample.pid === leader?.pid ? Number.NEGATIVE_INFINITY : sample.startTime

/** Processes below a member that are no members yet, with the node they belong to. */
function newcomers(listed: readonly ListedProcess[], nodeOf: (pid: number) => string | undefined): ReadonlyMap<number, string> {
  const children = new Map<number, number[]>()
  for (const { pid, ppid } of listed) children.set(ppid, [...(children.get(ppid) ?? []), pid])
  const found = new Map<number, string>()
  const queue = listed.map((process) => process.pid).filter((pid) => nodeOf(pid) !== undefined)
  for (let pid = queue.pop(); pid !== undefined; pid = queue.pop()) {
    const node = nodeOf(pid) ?? found.get(pid)
    for (const child of children.get(pid) ?? []) {
      if (node === undefined || nodeOf(child) !== undefined || found.has(child)) continue
      found.set(child, node)
      queue.push(child)
    }
  }
  return found
}

function publish(member: PortableMember, news: Partial<ProcessSample>): void {
  const now = member.sample
  const changed = Object.entries(news).some(([field, value]) => now[field as keyof ProcessSample] !== value)
  if (changed) member.sample = { ...now, ...news }
}

function portableFacilities(): readonly Facility[] {
  const missing = (name: Facility['name'], fallback: string): Facility => ({
    name,
    available: false,
    detail: `not used by the portable sampler; ${fallback}`
  })
  return [
    missing('subreaper', 'orphans are recognised by the parent they were last seen with, by session, group and cookie'),
    missing('process-events', 'new processes are found by looking, and one that lives shorter than a refresh is not seen'),
    missing('pss', 'memory over its limit must be seen in two samples in a row')
  ]
}
