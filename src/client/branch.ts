import type { Identity } from '../core/process/identity.ts'
import { BRANCH_TICKS } from '../session.ts'

/**
 * One of several supervisors in one tree. Its nodes are called `LABEL/NODE`. Pids, start times and numbers of receipts
 * may be alike on two hosts: start times and receipts of the second branch on are moved by a span that none reaches, so
 * that what is meant on one host is never found on another; pids stay what they are.
 */
export interface Branch {
  readonly label: string
  /** From 0. */
  readonly index: number
}

/** More receipts than a run writes; still readable: receipt 7 of the second branch is 1000007. */
const RECEIPTS = 1_000_000

/** So many times BRANCH_TICKS fit into a double. */
export const MOST_BRANCHES = 512

const receiptOf = (id: number, { index }: Branch): number => id + index * RECEIPTS

export const inBranch = (node: string, { label }: Branch): string => `${label}/${node}`

/** The branch's label and the node's own name; undefined: it names none. */
export function splitNode(name: string): { readonly label: string; readonly node: string } | undefined {
  const slash = name.indexOf('/')
  return slash === -1 ? undefined : { label: name.slice(0, slash), node: name.slice(slash + 1) }
}

/** Index of the branch that a process of the tree belongs to. */
export const branchIndexOf = (startTime: number): number => Math.floor(startTime / BRANCH_TICKS)

/** The process as its own host knows it. */
export const ownIdentity = ({ pid, startTime }: Identity): Identity => ({ pid, startTime: ownStart(startTime) })

export const ownStart = (startTime: number): number => startTime % BRANCH_TICKS

type Change = (value: unknown, branch: Branch) => unknown

/** By the name of the member: what it means is the same in states, events, receipts and answers (JSON throughout). */
const CHANGES: ReadonlyMap<string, Change> = new Map<string, Change>([
  ['node', (value, branch) => (typeof value === 'string' ? inBranch(value, branch) : graft(value, branch))],
  ['after', (value, branch) => (isTexts(value) ? value.map((node) => inBranch(node, branch)) : value)],
  ['startTime', (value, { index }) => (typeof value === 'number' ? value + index * BRANCH_TICKS : value)],
  ['receipt', (value, branch) => (typeof value === 'number' ? receiptOf(value, branch) : graftReceipt(value, branch))],
  ['check', (value, branch) => (typeof value === 'string' ? inBranch(value, branch) : graftNamed(value, branch))],
  ['description', (value, branch) => graftNamed(value, branch)]
])

const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((item) => typeof item === 'string')
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null

/** The same value as a part of the whole tree. */
export function graft<T>(value: T, branch: Branch): T
export function graft(value: unknown, branch: Branch): unknown {
  if (!isObject(value)) return value
  if (Array.isArray(value)) return isObject(value[0]) ? value.map((item) => graft(item, branch)) : value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, (CHANGES.get(key) ?? graft)(member, branch)]))
}

/** A receipt, whose number stands in itself. */
export function graftReceipt<T>(value: T, branch: Branch): T
export function graftReceipt(value: unknown, branch: Branch): unknown {
  if (!isObject(value)) return value
  const grafted = graft(value, branch)
  return typeof value['id'] === 'number' ? { ...grafted, id: receiptOf(value['id'], branch) } : grafted
}

const graftNamed = (value: unknown, branch: Branch): unknown =>
  isObject(value) && typeof value['name'] === 'string'
    ? { ...graft(value, branch), name: inBranch(value['name'], branch) }
    : graft(value, branch)
