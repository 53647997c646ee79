import { formatPercent } from '../format/percent.ts'
import { formatBytes } from '../format/size.ts'
import { formatDuration } from '../format/time.ts'
import { cell, type Tone } from '../theme.ts'
import type { Ended, ProcessRow } from '../view/row.ts'
import { startedAt } from '../view/started.ts'
import { PROCESS_STATES } from '../view/subject.ts'
import type { Column, ColumnId } from './columns.ts'
import type { Cell, RowContext } from './row-context.ts'

/** The cells of a process, after its name. */
export function processCells(row: ProcessRow, context: RowContext): Cell {
  const { look, now, plan } = context
  if (row.ended !== undefined) return endedCells(String(row.process.pid), row.ended, context)
  const { process } = row
  const texts: Readonly<Partial<Record<ColumnId, string>>> = {
    pid: String(process.pid),
    cpu: formatPercent(process.cpuPercent),
    memory: formatBytes(process.rssBytes),
    up: formatDuration(now - (startedAt(row.node, process) ?? Number.NaN)),
    time: formatDuration(process.cpuMs)
  }
  const isOdd = process.state === 'Z' || process.state === 'D'
  return plan.columns.flatMap((column): Cell => {
    if (column.id !== 'state') return [[' '], cell(look, texts[column.id] ?? '', column.width, 'dim', column.align)]
    return [[' '], cell(look, stateText(process.state, column), column.width, isOdd ? 'warn' : 'dim')]
  })
}

const stateText = (state: string, { width }: Column): string => (width > 1 ? `${state} ${PROCESS_STATES[state] ?? ''}` : state)

/** Who has just ended: the number, the sign and how, for as long as it is shown. */
export function endedCells(pid: string, { at, how }: Ended, { look, now, plan }: RowContext, tone: Tone = 'dim'): Cell {
  const [first, ...others] = plan.columns.filter(({ id }) => id !== 'pid' && id !== 'state')
  const width = first === undefined ? 0 : first.width + others.reduce((sum, column) => sum + column.width + 1, 0)
  const ago = formatDuration(Math.max(0, now - at))
  return plan.columns.flatMap((column): Cell => {
    if (column.id === 'pid') return [[' '], cell(look, pid, column.width, tone, column.align)]
    if (column.id === 'state') {
      const sign = look.glyphs.signs.ended
      return [[' '], cell(look, column.width > 1 ? `${sign} ended` : sign, column.width, tone)]
    }
    return column === first ? [[' '], cell(look, `${how}, ${ago} ago`, width, tone)] : []
  })
}
