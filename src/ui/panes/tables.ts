import type { LedgerEntry } from '../../core/receipt.ts'
import { formatPercent } from '../format/percent.ts'
import { formatBytes, formatGrowth } from '../format/size.ts'
import { clockTime, formatLeft } from '../format/time.ts'
import { cell, type Line, toneOfShare } from '../theme.ts'
import { heading, type TextContext } from './text.ts'

/** The sample ledger: what each check measured against what was allowed, and how long until a stop. */
export function ledgerLines(title: string, ledger: readonly LedgerEntry[], { look }: TextContext): Line[] {
  if (ledger.length === 0) return []
  const head: Line = [
    ['  '],
    cell(look, 'CHECK', 9, 'dim'),
    cell(look, 'CPU USED/BUDGET', 16, 'dim', 'right'),
    cell(look, 'IN A ROW', 10, 'dim', 'right'),
    cell(look, 'STOP IN', 9, 'dim', 'right'),
    cell(look, 'MEMORY', 9, 'dim', 'right'),
    cell(look, 'BASELINE', 9, 'dim', 'right'),
    cell(look, 'GROWTH', 11, 'dim', 'right')
  ]
  return [heading(title), head, ...ledger.map((entry) => ledgerLine(entry, look))]
}

function ledgerLine(entry: LedgerEntry, look: TextContext['look']): Line {
  const { cpu, memory } = entry
  const cpuTone = cpu.over ? 'alarm' : 'plain'
  const memoryTone = memory.over ? 'alarm' : 'plain'
  return [
    ['  '],
    cell(look, clockTime(entry.time), 9, 'dim'),
    cell(
      look,
      `${Math.round(cpu.usedMs)}/${Math.round(cpu.budgetMs)} ms`,
      16,
      cpu.over ? 'alarm' : toneOfShare(cpu.usedMs / cpu.budgetMs),
      'right'
    ),
    cell(look, cpu.inARow === 0 ? '-' : `${cpu.inARow} over`, 10, cpuTone, 'right'),
    cell(look, stopIn(entry), 9, cpu.over || memory.over ? 'alarm' : 'dim', 'right'),
    cell(look, `${formatBytes(memory.bytes)}${memory.measure === 'pss' ? ' pss' : ''}`, 9, memoryTone, 'right'),
    cell(look, formatBytes(memory.baselineBytes), 9, 'dim', 'right'),
    cell(look, formatGrowth(memory.growthBytes, memory.limitBytes), 11, memoryTone, 'right')
  ]
}

function stopIn({ cpu, memory }: LedgerEntry): string {
  const left = [...(cpu.over ? [cpu.latencyMs - cpu.sustainedMs] : []), ...(memory.over ? [memory.latencyMs - memory.sustainedMs] : [])]
  return left.length === 0 ? '-' : formatLeft(Math.min(...left))
}

export interface ListedProcess {
  readonly pid: number
  readonly ppid: number
  readonly state: string
  readonly cpu: string
  readonly rssBytes: number
  readonly execId: string
  readonly command: string
}

/** Rows of a table of processes that are shown; the rest is counted. */
const MOST = 200

/** Processes with their command lines; the execution id only where there is room. */
export function processLines(title: string, processes: readonly ListedProcess[], cpuTitle: string, { look, columns }: TextContext): Line[] {
  if (processes.length === 0) return []
  const idWidth = columns >= 100 ? 14 : 0
  const room = Math.max(10, columns - 2 - 8 - 8 - 3 - 9 - 7 - 2 - idWidth)
  const id = (text: string): Line => (idWidth === 0 ? [] : [cell(look, text, idWidth, 'dim')])
  const head: Line = [
    ['  '],
    cell(look, 'PID', 8, 'dim', 'right'),
    cell(look, 'PARENT', 8, 'dim', 'right'),
    cell(look, ' S', 3, 'dim'),
    cell(look, cpuTitle, 9, 'dim', 'right'),
    cell(look, 'MEM', 7, 'dim', 'right'),
    ['  '],
    ...id('EXEC ID'),
    cell(look, 'COMMAND', room, 'dim')
  ]
  const rows = processes
    .slice(0, MOST)
    .map(
      (process): Line => [
        ['  '],
        cell(look, String(process.pid), 8, 'plain', 'right'),
        cell(look, String(process.ppid), 8, 'dim', 'right'),
        cell(look, ` ${process.state}`, 3, process.state === 'Z' ? 'warn' : 'dim'),
        cell(look, process.cpu, 9, 'plain', 'right'),
        cell(look, formatBytes(process.rssBytes), 7, 'plain', 'right'),
        ['  '],
        ...id(process.execId.slice(-12)),
        cell(look, process.command, room)
      ]
    )
  const more: Line[] = processes.length > MOST ? [[[`  and ${processes.length - MOST} more`, 'dim']]] : []
  return [heading(`${title} (${processes.length})`), head, ...rows, ...more]
}

export const cpuPercentText = (percent: number): string => `${formatPercent(percent)}%`
