/**
 * A security system that labels processes. A further one is one more file beside this one, and its name in systems.ts.
 * Pure but for `isPresent`, which looks through `exists`.
 */
export interface SecuritySystem {
  readonly name: string
  /** For a person. */
  readonly title: string
  /** Files below /proc/PID/attr that hold the label, the best first. */
  readonly files: readonly string[]
  /** `read` gives the text of a file below /sys, undefined where there is none. */
  isPresent(read: (path: string) => string | undefined): boolean
  /** The label in the text of one of the files; undefined: none of this system. */
  labelIn(text: string): string | undefined
  /** Whether a label is the one that a rule names, in whole or in part. */
  matches(label: string, wanted: string): boolean
}
