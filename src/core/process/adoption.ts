import { isEndedChild, reap } from '../linux/subreaper.ts'
import { reapOne, reapZombies, type ZombieReaperOptions } from '../reaper/zombies.ts'
import type { Deaths } from './deaths.ts'
import type { Finder } from './finder.ts'
import type { Forest } from './forest.ts'
import type { ProcReader } from './proc-reader.ts'
import type { ProcessSample } from './sample.ts'
import type { Sampler } from './sampler.ts'

/** The orphans that the supervisor adopts as a subreaper, at their end. */
export interface Adoption {
  /** Reaps all that have ended, and tells their deaths. */
  reapAll(): number
  /** Whether this child had ended, was adopted, and is reaped now. */
  reapOne(pid: number): boolean
}

export interface AdoptionOptions {
  readonly reader: ProcReader
  readonly forest: Forest
  readonly sampler: Sampler
  readonly deaths: () => Deaths
  readonly finder: () => Finder
  /** The tree of a process that lived too short to be looked at, by its fork event. */
  readonly nodeByEvents: (pid: number) => string | undefined
  readonly isChildOfNode: (pid: number) => boolean
}

export function createAdoption(options: AdoptionOptions): Adoption {
  const { reader, forest, sampler } = options
  /** An orphan that is no member: what /proc told of it before its status was taken. */
  let stranger: { readonly process: ProcessSample; readonly node: string | undefined } | undefined

  const isLeader = (pid: number): boolean => {
    const member = forest.members.get(pid)
    return member !== undefined && forest.isLeader(member)
  }

  const reaping: ZombieReaperOptions = {
    children: () => reader.children(process.pid, 1),
    isLeftAlone: (pid) => options.isChildOfNode(pid) || isLeader(pid) || options.finder().isElder(pid),
    isEnded: isEndedChild,
    reap,
    onEnded(pid) {
      const member = forest.members.get(pid)
      // its last figures; another process' former number is not touched
      if (member !== undefined && sampler.full(member) !== 'gone') return
      if (member !== undefined) options.deaths().settle(member, 'gone')
      const process = sampler.inspect(pid)
      stranger = process && { process, node: options.nodeByEvents(pid) ?? forest.kin(process.sid, process.pgid) }
    },
    onReaped(pid, exit, cpuMs) {
      const member = forest.members.get(pid)
      if (member !== undefined) return options.deaths().reaped(member, exit, cpuMs)
      if (stranger === undefined) return
      const { node, process } = stranger
      const tree = node === undefined ? undefined : forest.trees.get(node)
      if (tree !== undefined) tree.cpu.counted += cpuMs
      options.deaths().tell({ node: tree?.handle.node, process: { ...process, cpuMs }, exit })
    }
  }

  return { reapAll: () => reapZombies(reaping), reapOne: (pid) => reapOne(reaping, pid) }
}
