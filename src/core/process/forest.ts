import type { TreeHandle } from '../ports.ts'
import { emptyTreeCpu, type TreeCpu } from './cpu-accounting.ts'
import { type Identity, sameProcess } from './identity.ts'
import { type KeptFile, keptFile } from './kept-files.ts'
import type { Member } from './member.ts'
import type { ProcessSample } from './sample.ts'

/** One tracked tree. */
export interface Tree {
  readonly handle: TreeHandle
  readonly members: Set<Member>
  readonly cpu: TreeCpu
  readonly cgroupCpu: KeptFile | undefined
  /** cpu.stat at the last look, microseconds. */
  cgroupUsec: number | undefined
  leaderCpuMs: number
  /** Leader first, parents before children; undefined: to be made again. */
  order: readonly Member[] | undefined
  /** What was published last, for sharing. */
  published: readonly ProcessSample[]
}

/** Who is where: the trees, their members and the adopted processes of unknown origin. In memory only. */
export interface Forest {
  readonly trees: ReadonlyMap<string, Tree>
  readonly members: ReadonlyMap<number, Member>
  /** Members of no tree: adopted, origin unknown. */
  readonly strays: ReadonlySet<Member>
  plant(handle: TreeHandle): Tree
  /** The tree is forgotten; its members stay, of unknown origin. */
  fell(node: string): void
  treeOf(member: Member): Tree | undefined
  admit(member: Member): void
  remove(member: Member): void
  /** The member now belongs to this tree. */
  move(member: Member, node: string): void
  /** Its parent, group or session is another one than before. */
  relationsChanged(member: Member): void
  /** The member with this very identity. */
  find(target: Identity): Member | undefined
  /** The tree that last used this session or process group. */
  kin(sid: number, pgid: number): string | undefined
  isLeader(target: Identity): boolean
}

/** Sessions and groups of ended members are kept for the orphans that they left; more than this are not. */
const MOST_KIN = 65_536

/** `shared`: session and group of the supervisor, which children that did not leave them have too and which prove nothing. */
export function createForest(shared: readonly number[]): Forest {
  const trees = new Map<string, Tree>()
  const members = new Map<number, Member>()
  const strays = new Set<Member>()
  /** Session and group numbers come from the same space and mean the same tree here. */
  const kinship = new Map<number, string>()
  const leaders = new Map<number, Identity>()

  const noteKin = (member: Member): void => {
    if (member.node === undefined) return
    if (kinship.size > MOST_KIN) kinship.clear()
    for (const number of [member.sample.sid, member.sample.pgid]) {
      if (number > 0 && !shared.includes(number)) kinship.set(number, member.node)
    }
  }

  const treeOf = (member: Member): Tree | undefined => (member.node === undefined ? undefined : trees.get(member.node))

  /** Puts the member where its node says. */
  const settle = (member: Member): void => {
    const tree = treeOf(member)
    if (tree === undefined) strays.add(member)
    else tree.members.add(member)
    disorder(member)
    noteKin(member)
  }

  const takeOut = (member: Member): void => {
    disorder(member)
    strays.delete(member)
    treeOf(member)?.members.delete(member)
  }

  const disorder = (member: Member): void => {
    const tree = treeOf(member)
    if (tree !== undefined) tree.order = undefined
  }

  return {
    trees,
    members,
    strays,
    treeOf,
    plant(handle) {
      const tree: Tree = {
        handle,
        members: new Set(),
        cpu: emptyTreeCpu(),
        cgroupCpu: handle.cgroup === undefined ? undefined : keptFile(`${handle.cgroup}/cpu.stat`),
        cgroupUsec: undefined,
        leaderCpuMs: 0,
        order: undefined,
        published: []
      }
      trees.set(handle.node, tree)
      leaders.set(handle.leader.pid, handle.leader)
      return tree
    },
    fell(node) {
      const tree = trees.get(node)
      if (tree === undefined) return
      for (const member of tree.members) {
        member.node = undefined
        strays.add(member)
      }
      trees.delete(node)
      leaders.delete(tree.handle.leader.pid)
      for (const [number, owner] of kinship) if (owner === node) kinship.delete(number)
    },
    admit(member) {
      members.set(member.pid, member)
      settle(member)
    },
    remove(member) {
      takeOut(member)
      const tree = treeOf(member)
      if (tree !== undefined && sameProcess(tree.handle.leader, member)) tree.leaderCpuMs = member.sample.cpuMs
      if (members.get(member.pid) === member) members.delete(member.pid)
      member.phase = 'gone'
    },
    move(member, node) {
      takeOut(member)
      member.node = node
      settle(member)
    },
    relationsChanged(member) {
      disorder(member)
      noteKin(member)
    },
    find(target) {
      const member = members.get(target.pid)
      return member !== undefined && sameProcess(member, target) ? member : undefined
    },
    kin: (sid, pgid) => kinship.get(sid) ?? kinship.get(pgid),
    isLeader: (target) => leaders.get(target.pid)?.startTime === target.startTime
  }
}
