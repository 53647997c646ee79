import type { DescriptorBudget } from '../linux/descriptors.ts'
import type { ReadinessWatch } from '../linux/epoll.ts'
import { exitStatusOf } from '../linux/exit-status.ts'
import { closePidfd, openPidfd, pidfdExit } from '../linux/pidfd.ts'
import type { Cancel } from '../ports.ts'
import type { ExitStatus } from '../receipt.ts'
import { endReaped, endWaitedFor } from './cpu-accounting.ts'
import type { Forest } from './forest.ts'
import type { KeptFiles } from './kept-files.ts'
import type { Member } from './member.ts'
import type { ProcessSample } from './sample.ts'
import type { Look, Sampler } from './sampler.ts'

export interface Death {
  readonly node: string | undefined
  readonly process: ProcessSample
  readonly exit: ExitStatus | undefined
}

/** Notices and tells each death once, and closes what was held for the process. */
export interface Deaths {
  /** The member's end will come as an event where there are pidfds. */
  watch(member: Member): void
  /** What a look found, drawn to its conclusion. */
  settle(member: Member, look: Look): void
  /** Taken by the supervisor: `cpuMs` is own and waited-for time. */
  reaped(member: Member, exit: ExitStatus, cpuMs: number): void
  /** Of a process that never was a member. */
  tell(death: Death): void
  onDeath(listener: (death: Death) => void): Cancel
  /** Closes everything held for the member. */
  drop(member: Member): void
}

export interface DeathsOptions {
  readonly forest: Forest
  readonly sampler: Sampler
  readonly files: KeptFiles
  readonly budget: DescriptorBudget
  readonly readiness: ReadinessWatch | undefined
  /** Takes the status of a zombie if it is an orphan that the supervisor adopted; then `reaped` was called. */
  readonly takeAdopted: (pid: number) => boolean
  /** The member is to be looked at now and then: nothing tells of its end. */
  readonly unwatched: Set<Member>
  /** Before a member leaves the table: what it forked may be known to events that were not read yet. */
  readonly beforeDrop: () => void
}

export function createDeaths({ forest, sampler, files, budget, readiness, takeAdopted, unwatched, beforeDrop }: DeathsOptions): Deaths {
  const listeners = new Set<(death: Death) => void>()

  const tell = (death: Death): void => {
    for (const listener of listeners) listener(death)
  }

  const closeWatch = (member: Member): void => {
    if (member.pidfd === -1) return
    readiness?.remove(member.pidfd)
    closePidfd(member.pidfd)
    member.pidfd = -1
    budget.give(1)
  }

  const drop = (member: Member): void => {
    closeWatch(member)
    unwatched.delete(member)
    for (const file of [member.stat, member.statm, member.schedstat, member.children]) files.release(file)
    forest.remove(member)
  }

  /** The zombie's own status first; a status of 0 that may merely be hidden is not believed. */
  const exitOf = (member: Member, look: 'ended' | 'gone'): ExitStatus | undefined => {
    const code = look === 'ended' ? sampler.line.exitCode : undefined
    const visible = code !== 0 || member.startStack > 0 || process.geteuid?.() === 0
    if (code !== undefined && visible) return exitStatusOf(code)
    return (member.pidfd === -1 ? undefined : pidfdExit(member.pidfd)) ?? member.exitHint
  }

  const parentOf = (member: Member): Member | undefined => {
    const parent = forest.members.get(member.sample.ppid)
    return parent?.node === member.node ? parent : undefined
  }

  const settleEnded = (member: Member): void => {
    if (member.phase !== 'alive' || takeAdopted(member.pid)) return
    member.phase = 'ended'
    const exit = exitOf(member, 'ended')
    closeWatch(member)
    tell({ node: member.node, process: member.sample, exit })
  }

  /** Whether it is still there after the events that wait were read: they may have shown that it is gone. */
  const isThereStill = (member: Member): boolean => {
    beforeDrop()
    return member.phase !== 'gone'
  }

  /** Children that were waited for before their parent ended leave their credit to it while it is still here. */
  const settleChildren = (parent: Member): void => {
    if (!parent.parenthood) return
    for (const member of [...(forest.treeOf(parent)?.members ?? [])]) {
      if (member.sample.ppid === parent.pid && member !== parent && member.phase !== 'gone') settle(member, sampler.quick(member, false))
    }
  }

  const settleGone = (member: Member): void => {
    if (!isThereStill(member)) return
    settleChildren(member)
    const exit = member.phase === 'alive' ? { status: exitOf(member, 'gone') } : undefined
    const tree = forest.treeOf(member)
    if (tree !== undefined) endWaitedFor(tree.cpu, parentOf(member)?.cpu, member.cpu)
    drop(member)
    if (exit !== undefined) tell({ node: member.node, process: member.sample, exit: exit.status })
  }

  const settle = (member: Member, look: Look): void => {
    if (member.phase === 'gone') return
    if (look === 'ended') settleEnded(member)
    if (look === 'gone') settleGone(member)
  }

  /** A pidfd in the watch; undefined where none can be had. */
  const openWatch = (member: Member, watch: ReadinessWatch): number | undefined => {
    if (!budget.take(1)) return undefined
    const opened = openPidfd(member.pid)
    if (opened.ok) {
      if (watch.add(opened.value, () => settle(member, sampler.full(member))).ok) return opened.value
      closePidfd(opened.value)
    }
    budget.give(1)
    return undefined
  }

  return {
    watch(member) {
      const pidfd = readiness === undefined ? undefined : openWatch(member, readiness)
      if (pidfd === undefined) unwatched.add(member)
      else member.pidfd = pidfd
    },
    settle,
    reaped(member, exit, cpuMs) {
      if (member.phase === 'gone' || !isThereStill(member)) return
      const news = member.phase === 'alive'
      const tree = forest.treeOf(member)
      if (tree !== undefined) endReaped(tree.cpu, member.cpu, cpuMs)
      drop(member)
      if (news) tell({ node: member.node, process: member.sample, exit })
    },
    tell,
    onDeath(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    drop
  }
}
