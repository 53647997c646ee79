/** A line that a managed process wrote. */
export interface LogLine {
  /** 1, 2, 3, ... for each node. */
  readonly seq: number
  /** Wall clock, ISO 8601. */
  readonly time: string
  readonly stream: 'stdout' | 'stderr'
  /** Without its newline; at most 64 KiB; raw: escape it before it reaches a terminal. */
  readonly text: string
}

/** The last lines of a node, and how many older ones are gone. */
export interface LogWindow {
  readonly lines: readonly LogLine[]
  readonly dropped: number
}
