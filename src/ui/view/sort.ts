import type { NodeState } from '../../store.ts'
import type { SampledProcess } from './row.ts'
import { standingOf } from './standing.ts'

/** What rows are sorted by; `order`: nodes as configured, processes as they were started; the flat list by CPU. */
export const SORT_KEYS = ['order', 'cpu', 'memory', 'time', 'pid', 'name', 'state'] as const
export type SortKey = (typeof SORT_KEYS)[number]

export interface Sort {
  readonly by: SortKey
  readonly inverted: boolean
}

export const SORT_NAMES: Readonly<Record<SortKey, string>> = {
  order: 'as configured',
  cpu: 'CPU',
  memory: 'memory',
  time: 'CPU time',
  pid: 'pid',
  name: 'name',
  state: 'state'
}

/** What is compared: numbers with the highest first, text from A to Z. */
interface Comparable {
  readonly cpu: number
  readonly memory: number
  readonly time: number
  readonly pid: number
  readonly name: string
  readonly state: string
}

type Compare = (a: Comparable, b: Comparable) => number

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const COMPARES: Readonly<Record<Exclude<SortKey, 'order'>, Compare>> = {
  cpu: (a, b) => b.cpu - a.cpu || b.memory - a.memory,
  memory: (a, b) => b.memory - a.memory,
  time: (a, b) => b.time - a.time,
  pid: (a, b) => a.pid - b.pid,
  name: (a, b) => compareText(a.name, b.name),
  state: (a, b) => compareText(a.state, b.state)
}

const comparableProcess = (process: SampledProcess): Comparable => ({
  cpu: process.cpuPercent,
  memory: process.rssBytes,
  time: process.cpuMs,
  pid: process.pid,
  name: process.command,
  state: process.state
})

const comparableNode = (node: NodeState): Comparable => ({
  cpu: node.sample?.cpuPercent ?? -1,
  memory: node.sample?.rssBytes ?? -1,
  time: cpuTimeOf(node),
  pid: node.sample?.processes[0]?.pid ?? Number.MAX_SAFE_INTEGER,
  name: node.description.name,
  state: standingOf(node, 0).word
})

/** CPU that the living processes of the node have used, ms. */
export const cpuTimeOf = (node: NodeState): number => node.sample?.processes.reduce((sum, { cpuMs }) => sum + cpuMs, 0) ?? -1

function sorted<T>(list: readonly T[], { by, inverted }: Sort, comparable: (item: T) => Comparable): readonly T[] {
  if (by === 'order') return inverted ? list.toReversed() : list
  const compare = COMPARES[by]
  const sign = inverted ? -1 : 1
  return list
    .map((item) => ({ item, value: comparable(item) }))
    .sort((a, b) => sign * compare(a.value, b.value))
    .map(({ item }) => item)
}

/** `processOf` gives the process of an item; those without one come last. */
export const sortProcesses = <T>(list: readonly T[], sort: Sort, processOf: (item: T) => SampledProcess | undefined): readonly T[] =>
  sorted(list, sort, (item) => {
    const process = processOf(item)
    return process === undefined ? LAST : comparableProcess(process)
  })

const LAST: Comparable = { cpu: -1, memory: -1, time: -1, pid: Number.MAX_SAFE_INTEGER, name: '\uffff', state: '\uffff' }

export const sortNodes = <T extends { readonly node: NodeState }>(list: readonly T[], sort: Sort): readonly T[] =>
  sorted(list, sort, ({ node }) => comparableNode(node))
