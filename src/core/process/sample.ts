import type { Identity } from './identity.ts'

/** State letter of proc(5): R S D T t Z X I. */
export type ProcessState = string

/** One process at one moment. */
export interface ProcessSample extends Identity {
  readonly execId: string
  readonly ppid: number
  readonly pgid: number
  readonly sid: number
  readonly state: ProcessState
  /** The kernel's 15-character name. */
  readonly comm: string
  /** The whole command line joined with blanks, cut at 4,096 characters; `[comm]` where there is none. Not redacted. */
  readonly command: string
  readonly threads: number
  /** User and system time since its start, ms. */
  readonly cpuMs: number
  readonly rssBytes: number
}

/** Where the CPU figure of a tree came from, the best first. */
export type CpuSource = 'cgroup' | 'clock' | 'stat' | 'portable'

/** The whole tree of one node at one moment. */
export interface TreeSample {
  /** Monotonic ms. */
  readonly at: number
  /** CPU used by the tree since tracking began, ms; never decreases; includes members that have ended. */
  readonly cpuMs: number
  /** CPU of the leader alone, ms (for `scope: process`). */
  readonly leaderCpuMs: number
  readonly cpuSource: CpuSource
  /** Sum of RSS: shared pages counted once for each process. */
  readonly rssBytes: number
  readonly leaderRssBytes: number
  /** Living members, leader first, parents before children. Zombies included, with state Z. */
  readonly processes: readonly ProcessSample[]
}
