/** One rule of the process checks: which processes, and how many of them there may be. */
export interface Rule {
  /** The selector as it was written; names the rule in every output. */
  readonly label: string
  readonly policy: PolicyUse | undefined
  /** All must hold; none: every process. */
  readonly tests: readonly Test[]
  readonly include: readonly Included[]
  readonly bounds: Bounds
}

/** Both ends belong to it; undefined: no bound. Never both undefined, and min is never above max. */
export interface Bounds {
  readonly min: number | undefined
  readonly max: number | undefined
}

/** A rule that comes with the program, and its options: `gid0-not-uid0+groups`. */
export interface PolicyUse {
  readonly name: PolicyName
  readonly options: readonly string[]
}

export const POLICY_NAMES = ['gid0-not-uid0', 'single-init-domain', 'no-zombies', 'no-deleted-binaries'] as const

export type PolicyName = (typeof POLICY_NAMES)[number]

/** What is not counted unless it is asked for. */
export const INCLUDED = ['zombies', 'kernel', 'self'] as const

export type Included = (typeof INCLUDED)[number]

export interface Test {
  readonly condition: Condition
  readonly negated: boolean
}

/** What can be asked of one process. */
export type Condition =
  /** The kernel's name of it, the file that it executes, or the script that its interpreter executes. Never argv[0]. */
  | { readonly field: 'name'; readonly value: string }
  /** The whole path of the file that it executes, as the kernel tells. */
  | { readonly field: 'exe'; readonly value: string }
  /** Path or name of the script that its interpreter executes; believes the command line. */
  | { readonly field: 'script'; readonly value: string }
  /** Source of a JavaScript regular expression over the arguments joined with blanks. */
  | { readonly field: 'args'; readonly value: string }
  /** Effective ids. */
  | { readonly field: 'user' | 'group'; readonly who: Principal }
  /** Of a security system: contexts/. `system`: only of this one. */
  | { readonly field: 'context'; readonly value: string; readonly system: string | undefined }
  /** Any of these letters, proc(5). */
  | { readonly field: 'state'; readonly letters: string }
  | { readonly field: 'ppid'; readonly pid: number }
  /** In this container, by the beginning of its id; in any; in none. */
  | { readonly field: 'container'; readonly id: string | 'any' | 'none' }
  | { readonly field: 'cpu'; readonly percent: number; readonly over: CpuSpan }
  /** Bytes of resident or virtual memory; ms since its start. */
  | { readonly field: 'memory' | 'vsz' | 'elapsed'; readonly range: Range }
  /** Policies only. */
  | { readonly field: 'gid0'; readonly groups: boolean; readonly capabilities: boolean }
  | { readonly field: 'deleted' }

export type Field = Condition['field']

export type Principal =
  | { readonly kind: 'id'; readonly id: number }
  | { readonly kind: 'ids'; readonly from: number; readonly to: number }
  | { readonly kind: 'name'; readonly name: string }

/** 100% is one core. */
export type CpuSpan = { readonly kind: 'lifetime' } | { readonly kind: 'window'; readonly ms: number }

/** Both ends belong to it. */
export interface Range {
  readonly from: number | undefined
  readonly to: number | undefined
}
