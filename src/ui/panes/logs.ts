import type { LogWindow } from '../../session.ts'
import { clockTime } from '../format/time.ts'
import type { Line } from '../theme.ts'
import { lastShown } from '../view/press-logs.ts'
import type { Pane } from '../view/state.ts'

/** The visible lines of a node's output; long ones are cut when they are painted. */
export function logLines(pane: Extract<Pane, { readonly kind: 'logs' }>, logs: LogWindow | undefined, height: number): Line[] {
  const lines = logs?.lines ?? []
  if (lines.length === 0) return [[['  nothing was written yet', 'dim']]]
  const last = lastShown(pane, lines)
  return lines
    .slice(Math.max(0, last - height + 1), last + 1)
    .map(
      (line): Line => [
        [` ${clockTime(line.time)} `, 'dim'],
        [line.stream === 'stderr' ? 'err ' : 'out ', line.stream === 'stderr' ? 'warn' : 'dim'],
        [line.text]
      ]
    )
}

/** Where in the output this is, for the pane's title. */
export function logPosition(pane: Extract<Pane, { readonly kind: 'logs' }>, logs: LogWindow | undefined): string {
  const kept = logs?.lines.length ?? 0
  const dropped = logs === undefined || logs.dropped === 0 ? '' : `, ${logs.dropped} older ones gone`
  const where = pane.position.kind === 'follow' ? 'following' : `line ${lastShown(pane, logs?.lines ?? []) + 1} of ${kept}, End follows`
  return `${kept} lines${dropped}, ${where}`
}
