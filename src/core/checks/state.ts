import type { Identity } from '../process/identity.ts'

/** unknown: not answered, because something could not be seen, or not evaluated yet; never the same as ok or failing. */
export type CheckStanding = 'ok' | 'failing' | 'unknown'

/** Offending processes that a state lists; the count says how many there are. */
export const MOST_OFFENDERS = 20

/** A process that a rule is about. */
export interface CheckedProcess extends Identity {
  /** The kernel's 15-character name. */
  readonly comm: string
  /** Redacted, cut. */
  readonly command: string
}

/** A rule as it is configured. */
export interface CheckDescription {
  /** Unique among the rules of a run. */
  readonly name: string
  /** As on the command line: `exe=/usr/sbin/sshd,user=root:1-`. */
  readonly rule: string
  /** undefined: no bound. */
  readonly min: number | undefined
  readonly max: number | undefined
  /** `alert`, `stop`, `restart NODE`, `run COMMAND`. */
  readonly action: string
}

/** What a rule said when it was last evaluated, settling included. */
export interface CheckResult {
  readonly state: CheckStanding
  /** Processes that match for certain; undefined: unknown. */
  readonly count: number | undefined
  /** Why it fails or is unknown, `2 > 1 (1-1)`; empty: it passes. */
  readonly reason: string
  /** Offending processes, oldest first, at most MOST_OFFENDERS; empty when there are too few. */
  readonly processes: readonly CheckedProcess[]
}

/** One rule of the process checks, as it stands. */
export interface CheckState extends CheckDescription, CheckResult {
  /** When it came into this state, wall clock, ISO 8601. */
  readonly since: string
}
