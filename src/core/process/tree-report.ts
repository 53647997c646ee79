import { report, reportGrowth } from './cpu-accounting.ts'
import type { Forest, Tree } from './forest.ts'
import type { KeptFiles } from './kept-files.ts'
import type { Member } from './member.ts'
import type { ProcessSample, TreeSample } from './sample.ts'

export interface TreeReporter {
  /** Begins to count: what was used until now is not the tree's. */
  start(tree: Tree): void
  /** Closes what is held for it. */
  stop(tree: Tree): void
  /** What the tree is after all of its members were looked at. `at`: monotonic ms. */
  sample(tree: Tree, at: number): TreeSample
  /** Its members, leader first, parents before children. */
  ordered(tree: Tree): readonly Member[]
}

/** `source`: where the CPU of a tree comes from that has no cgroup. */
export function createTreeReporter(forest: Forest, files: KeptFiles, source: 'clock' | 'stat'): TreeReporter {
  /** usage_usec, the first line of cpu.stat; undefined where it cannot be read. */
  const cgroupUsec = (tree: Tree): number | undefined => {
    if (tree.cgroupCpu === undefined) return undefined
    const length = files.read(tree.cgroupCpu)
    return length <= 0 ? undefined : parseUsageUsec(files.buffer.toString('latin1', 0, length))
  }

  const countCpu = (tree: Tree): { readonly cpuMs: number; readonly from: 'cgroup' | 'clock' | 'stat' } => {
    const before = tree.cgroupUsec
    tree.cgroupUsec = cgroupUsec(tree) ?? before
    if (before === undefined || tree.cgroupUsec === undefined) return { cpuMs: report(tree.cpu), from: source }
    return { cpuMs: reportGrowth(tree.cpu, (tree.cgroupUsec - before) / 1000), from: 'cgroup' }
  }

  const ordered = (tree: Tree): readonly Member[] => {
    tree.order ??= treeOrder(forest.find(tree.handle.leader), tree.members)
    return tree.order
  }

  return {
    start(tree) {
      tree.cgroupUsec = cgroupUsec(tree)
      tree.cpu.counted = 0
      tree.cpu.reported = 0
    },
    stop(tree) {
      if (tree.cgroupCpu !== undefined) files.release(tree.cgroupCpu)
    },
    ordered,
    sample(tree, at) {
      const { cpuMs, from } = countCpu(tree)
      const members = ordered(tree)
      let rssBytes = 0
      for (const member of members) rssBytes += member.sample.rssBytes
      tree.published = shared(tree.published, members)
      const leader = forest.find(tree.handle.leader)
      if (leader !== undefined) tree.leaderCpuMs = leader.sample.cpuMs
      return {
        at,
        cpuMs,
        leaderCpuMs: tree.leaderCpuMs,
        cpuSource: from,
        rssBytes,
        leaderRssBytes: leader?.sample.rssBytes ?? 0,
        processes: tree.published
      }
    }
  }
}

/** `usage_usec N` in the text of cpu.stat, microseconds. */
export function parseUsageUsec(text: string): number | undefined {
  const match = /^usage_usec (\d+)$/m.exec(text)
  return match === null ? undefined : Number(match[1])
}

/** Depth first from the leader; after it, in the same way, those whose parent is no member (adopted ones). */
export function treeOrder(leader: Member | undefined, members: Iterable<Member>): readonly Member[] {
  const byPid = new Map<number, Member>()
  const children = new Map<number, Member[]>()
  for (const member of members) byPid.set(member.pid, member)
  const roots: Member[] = []
  for (const member of byPid.values()) {
    if (member === leader) continue
    const { ppid } = member.sample
    if (!byPid.has(ppid) || ppid === member.pid) roots.push(member)
    else append(children, ppid, member)
  }
  const order: Member[] = []
  const visit = (root: Member): void => {
    const queue = [root]
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      // a stale parent could close a circle
      if (!byPid.delete(next.pid)) continue
      order.push(next)
      for (const child of (children.get(next.pid) ?? []).reverse()) queue.push(child)
    }
  }
  if (leader !== undefined && byPid.has(leader.pid)) visit(leader)
  for (const root of roots) visit(root)
  for (const rest of [...byPid.values()]) visit(rest)
  return order
}

function append(lists: Map<number, Member[]>, key: number, member: Member): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [member])
  else list.push(member)
}

/** The array published before when nothing in it changed. */
function shared(before: readonly ProcessSample[], members: readonly Member[]): readonly ProcessSample[] {
  if (before.length === members.length && members.every((member, i) => member.sample === before[i])) return before
  return members.map((member) => member.sample)
}
