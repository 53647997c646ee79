import type { Sort, SortKey } from '../view/sort.ts'

/** The columns of the tree, left to right, after the name. */
export type ColumnId = 'pid' | 'state' | 'cpu' | 'history' | 'memory' | 'bar' | 'growth' | 'latency' | 'budget' | 'up' | 'time'

export interface Column {
  readonly id: ColumnId
  readonly title: string
  readonly width: number
  readonly align: 'left' | 'right'
}

export interface ColumnPlan {
  readonly name: number
  readonly columns: readonly Column[]
}

const UP: Column = { id: 'up', title: 'UP', width: 6, align: 'right' }
/** In the place of UP as long as rows are sorted by it. */
const TIME: Column = { id: 'time', title: 'CPU T', width: 6, align: 'right' }

const WIDEST: readonly Column[] = [
  { id: 'pid', title: 'PID', width: 7, align: 'right' },
  { id: 'state', title: 'STATE', width: 11, align: 'left' },
  { id: 'cpu', title: 'CPU%', width: 5, align: 'right' },
  { id: 'history', title: 'CPU 60s', width: 10, align: 'left' },
  { id: 'memory', title: 'MEM', width: 5, align: 'right' },
  { id: 'bar', title: '', width: 7, align: 'left' },
  { id: 'growth', title: 'OF LIMIT', width: 9, align: 'right' },
  { id: 'latency', title: 'LATENCY', width: 17, align: 'left' },
  { id: 'budget', title: 'BUDGET', width: 8, align: 'left' },
  UP
]

type Narrowing = { readonly drop: ColumnId } | { readonly id: ColumnId; readonly width: number; readonly title: string }

/** What gives way when the name gets too little room, in this order (terminal: the screen). */
const NARROWINGS: readonly Narrowing[] = [
  { drop: 'history' },
  { drop: 'up' },
  { id: 'budget', width: 6, title: 'BUDGET' },
  { drop: 'bar' },
  { id: 'state', width: 1, title: 'S' },
  { id: 'latency', width: 11, title: 'LATENCY' },
  { drop: 'growth' },
  { id: 'budget', width: 4, title: 'LEFT' },
  { drop: 'budget' },
  { drop: 'pid' },
  { drop: 'latency' },
  { drop: 'time' },
  { drop: 'memory' },
  { drop: 'cpu' },
  { drop: 'state' }
]

/** Least columns for the name before something else gives way. */
const NAME = 20

const used = (columns: readonly Column[]): number => 1 + columns.reduce((sum, column) => sum + column.width + 1, 0)

const narrow = (columns: readonly Column[], step: Narrowing): readonly Column[] =>
  'drop' in step
    ? columns.filter((column) => column.id !== step.drop)
    : columns.map((column) => (column.id === step.id ? { ...column, width: step.width, title: step.title } : column))

/** Which columns fit into a terminal of this width, and what is left for the name. */
export function planColumns(width: number, sortedBy: SortKey = 'order'): ColumnPlan {
  let columns = sortedBy === 'time' ? WIDEST.map((column) => (column === UP ? TIME : column)) : WIDEST
  for (const step of NARROWINGS) {
    if (width - used(columns) >= NAME) break
    columns = narrow(columns, step)
  }
  return { name: Math.max(0, width - used(columns)), columns }
}

const SORTED: Readonly<Partial<Record<ColumnId | 'name', SortKey>>> = {
  name: 'name',
  pid: 'pid',
  state: 'state',
  cpu: 'cpu',
  memory: 'memory',
  time: 'time'
}

/** The column's head; the one that rows are sorted by is marked with `up` or `down`, where there is room. */
export function headOf(
  id: ColumnId | 'name',
  title: string,
  width: number,
  sort: Sort,
  marks: { readonly up: string; readonly down: string }
): string {
  if (SORTED[id] !== sort.by || title.length >= width) return title
  const isAscending = sort.by === 'name' || sort.by === 'pid' || sort.by === 'state'
  return title + (isAscending === sort.inverted ? marks.down : marks.up)
}
