import { cell, type Glyphs } from '../theme.ts'
import { branchOf, type NodeRow, type ProcessRow } from '../view/row.ts'
import { type Cell, foldSign, type RowContext } from './row-context.ts'

/** Fold, kind and name of a node. */
export function nodeName(row: NodeRow, { look, plan }: RowContext): Cell {
  const { kind } = row.node.description
  const shown = plan.name >= 24 ? kind.padEnd(10) : `${kind === 'worker' ? 'w' : 'e'} `
  const head = `${row.nested ? '  ' : ''}${foldSign(row, look)} ${shown}`
  return [
    cell(look, head, Math.min(head.length, plan.name), 'dim'),
    cell(
      look,
      row.nested ? (branchOf(row.name)?.own ?? row.name) : row.name,
      Math.max(0, plan.name - head.length),
      row.ended === undefined ? 'strong' : 'dim'
    )
  ]
}

/** Branches and command of a process; in the flat list whose it is instead. */
export function processName(row: ProcessRow, { look, plan, order }: RowContext): Cell {
  const { glyphs } = look
  const tone = row.ended === undefined ? 'plain' : 'dim'
  const folded = row.fold === 'folded' ? `${glyphs.folded} ` : ''
  if (order === 'flat') {
    const owner = row.name.padEnd(9)
    const room = Math.min(owner.length + 1, Math.floor(plan.name / 2))
    return [cell(look, owner, room, 'dim'), cell(look, shortCommand(row.process.command), plan.name - room, tone)]
  }
  const drawn = [...row.guide].map((last, level) => guidePart(last === 'l', level === row.guide.length - 1, glyphs)).join('')
  const branch = `${row.nested ? '    ' : '  '}${drawn.slice(-Math.max(3, Math.floor(plan.name / 6) * 3))}`
  const width = Math.min(branch.length, plan.name)
  return [cell(look, branch, width, 'dim'), cell(look, folded + shortCommand(row.process.command), plan.name - width, tone)]
}

/** Without the folders of the program: the column is narrow, and the details have all of it. */
export const shortCommand = (command: string): string => command.replace(/^\/\S*\/(?=[^\s/])/, '')

export function guidePart(isLast: boolean, isOwn: boolean, glyphs: Glyphs): string {
  if (isOwn) return isLast ? glyphs.lastBranch : glyphs.branch
  return isLast ? '   ' : glyphs.through
}
