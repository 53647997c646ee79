import type { LogLine, LogWindow } from '../../session.ts'
import type { Pane } from './state.ts'

export type LogsPane = Extract<Pane, { readonly kind: 'logs' }>

/** Which output is shown. */
export const STREAMS = ['both', 'stdout', 'stderr'] as const
export type Streams = (typeof STREAMS)[number]

/** What stands before a line: when it was written, exactly when, how long ago, or nothing of that. */
export const TIMES = ['clock', 'precise', 'age', 'none'] as const
export type Times = (typeof TIMES)[number]

/** How output is shown, whichever node's it is. */
export interface LogStyle {
  readonly wrap: boolean
  readonly times: Times
}

/** The output of a node, at its end. */
export const logsPane = (node: string): LogsPane => ({
  kind: 'logs',
  node,
  position: { kind: 'follow' },
  streams: 'both',
  shift: 0,
  search: undefined
})

const NOTHING: readonly LogLine[] = []
const last: { of?: readonly LogLine[]; streams?: Streams; lines: readonly LogLine[] } = { lines: NOTHING }

/** The lines that this pane is about, oldest first; the same list until something is written. */
export function linesOf({ streams }: LogsPane, logs: LogWindow | undefined): readonly LogLine[] {
  const all = logs?.lines ?? NOTHING
  if (streams === 'both') return all
  if (last.of === all && last.streams === streams) return last.lines
  last.of = all
  last.streams = streams
  last.lines = all.filter(({ stream }) => stream === streams)
  return last.lines
}

/** Columns before the text of a line: mark, time, stream. */
const HEADS: Readonly<Record<Times, number>> = { clock: 14, precise: 18, age: 12, none: 5 }

/** Columns that are left for the text of a line. */
export const textColumns = ({ times }: LogStyle, columns: number): number => Math.max(8, columns - HEADS[times])
