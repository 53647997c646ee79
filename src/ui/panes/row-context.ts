import type { Link } from '../../session.ts'
import type { Look, Segment } from '../theme.ts'
import type { Row } from '../view/row.ts'
import type { Sort } from '../view/sort.ts'
import type { ColumnPlan } from './columns.ts'

export interface RowContext {
  readonly look: Look
  readonly plan: ColumnPlan
  /** Wall clock, ms. */
  readonly now: number
  readonly logicalCpus: number
  readonly order: 'tree' | 'flat'
  readonly sort: Sort
  readonly links?: readonly Link[] | undefined
}

export type Cell = readonly Segment[]

export function foldSign({ fold }: Pick<Row, 'fold'>, { glyphs }: Look): string {
  if (fold === 'none') return ' '
  return fold === 'folded' ? glyphs.folded : glyphs.open
}
