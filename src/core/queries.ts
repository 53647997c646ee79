import type { Result } from './errors.ts'
import type { OrphanAsker } from './events.ts'
import type { PodFacts } from './process/details/pod.ts'
import type { Identity } from './process/identity.ts'
import type { ExitStatus } from './receipt.ts'
import type { SignalName, Source } from './settings.ts'

/** What an interface may ask besides the state, which holds only what everybody sees; answered once, JSON throughout. */
export type Query =
  /** Processes of this machine whose pid, name or command line contains `text`, best first; for completion. */
  | { readonly type: 'find-processes'; readonly text: string; readonly most: number }
  /** What `register` would do, without doing it, under the authority of `uid`. */
  | { readonly type: 'preview-pair'; readonly parent: number; readonly child: number; readonly uid: number }
  /** The registered pairs, in the order of registration. */
  | { readonly type: 'orphans'; readonly from: number; readonly most: number }
  /** What a reload would change now. */
  | { readonly type: 'reload-difference' }
  /** Every effective setting with where it came from. */
  | { readonly type: 'configuration' }
  /** All that can be known of one process. */
  | { readonly type: 'process'; readonly target: Identity }
  /** The environment that a process began with, redacted; only to who may see it. Not offered over the control socket. */
  | { readonly type: 'environment'; readonly target: Identity; readonly uid: number }

/** The answer to each type of query. */
export interface Answers {
  readonly 'find-processes': readonly ProcessBrief[]
  readonly 'preview-pair': PairPreview
  readonly orphans: { readonly total: number; readonly pairs: readonly OrphanPair[] }
  readonly 'reload-difference': ReloadDifference
  readonly configuration: readonly EffectiveSetting[]
  readonly process: ProcessDetails
  /** `NAME=value` */
  readonly environment: readonly string[]
}

export type Answer<Q extends Query> = Result<Answers[Q['type']]>

export type Ask = <Q extends Query>(query: Q) => Promise<Answer<Q>>

export interface ProcessBrief extends Identity {
  readonly ppid: number
  readonly uid: number
  readonly comm: string
  /** Redacted. */
  readonly command: string
}

export interface PairPreview {
  readonly parent: ProcessBrief | undefined
  readonly child: ProcessBrief | undefined
  /** A sentence: `5123 chrome would end with SIGTERM, 4 s, SIGKILL when 5100 agent dies`, or why it would be refused. */
  readonly text: string
  readonly refused: boolean
}

/** A registered pair, as the screen and the API show it. */
export interface OrphanPair {
  readonly parent: Identity
  readonly child: Identity
  /** Redacted; empty: unknown. */
  readonly parentCommand: string
  readonly childCommand: string
  /** Under whose authority. */
  readonly uid: number
  readonly by: OrphanAsker
  readonly signal: SignalName
  readonly graceMs: number
  readonly scope: 'child' | 'tree'
  readonly deaths: 'events' | 'sweep'
  /** Wall clock, ISO 8601. */
  readonly since: string
  readonly standing: { readonly kind: 'armed' } | { readonly kind: 'acting'; readonly receipt: number }
}

export type ReloadAction = 'none' | 'live' | 'restart' | 'start' | 'stop'

export interface ReloadDifference {
  readonly changes: readonly {
    /** undefined: the run itself. */
    readonly node: string | undefined
    /** What the reload does to the node. */
    readonly action: ReloadAction
    readonly fields: readonly {
      readonly path: string
      readonly from: string
      readonly to: string
      readonly change: 'spawn-time' | 'live'
    }[]
  }[]
  /** Limits edited by hand that stay in force over the file's. */
  readonly kept: readonly { readonly node: string; readonly path: string; readonly value: string }[]
  /** Fields whose change needs a new start of tsupervise itself. */
  readonly ignored: readonly string[]
}

export interface EffectiveSetting {
  readonly path: string
  readonly value: string
  readonly source: Source
}

/** undefined: could not be read, which is never the same as no. */
export interface ProcessDetails extends ProcessBrief {
  readonly execId: string
  readonly binary: string | undefined
  readonly arguments: string | undefined
  readonly cwd: string | undefined
  readonly startedAt: string
  readonly threads: number
  readonly state: string
  /** From the parent to the oldest known one. */
  readonly ancestors: readonly { readonly pid: number; readonly execId: string; readonly command: string }[]
  readonly credentials:
    | {
        readonly uid: number
        readonly gid: number
        readonly euid: number
        readonly egid: number
        readonly suid: number
        readonly sgid: number
        readonly groups: readonly number[]
        readonly fsuid?: number
        readonly fsgid?: number
        /** undefined: unset. */
        readonly auid: number | undefined
        readonly capPermitted: string
        readonly capEffective: string
        readonly capInheritable: string
      }
    | undefined
  /** By name (uts, ipc, mnt, pid, net, ...). */
  readonly namespaces: Readonly<Record<string, { readonly inode: number; readonly isHost: boolean | undefined }>> | undefined
  readonly container: string | undefined
  readonly cgroup: string | undefined
  /** setuid, setgid, privileges_changed, unlinked binary; empty: none of them. */
  readonly properties: readonly string[] | undefined
  /** Where it was seen from: process events, a scan, or read just now. */
  readonly source: 'events' | 'scan' | 'procfs'
  /** As process cache: `execve rootcwd`, ... */
  readonly flags?: string
  /** Of the tree that it belongs to. */
  readonly node?: string | undefined
  readonly parentExecId?: string | undefined
  /** References in the process cache; undefined: it is not there. */
  readonly references?: number | undefined
  /** Wall clock, ISO 8601; undefined: it has not ended. */
  readonly endedAt?: string | undefined
  readonly exit?: ExitStatus | undefined
  readonly pod?: PodFacts | undefined
}
