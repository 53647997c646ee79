import { BOUNDS } from '../store/bounded.ts'
import type { SupervisorState } from '../store.ts'
import { type Branch, graft, graftReceipt, inBranch } from './branch.ts'

/** Makes one state of those of several branches; what did not change keeps its identity. */
export interface StateComposer {
  compose(states: readonly SupervisorState[]): SupervisorState
}

export function createStateComposer(branches: readonly Branch[]): StateComposer {
  const grafters = branches.map((branch) => ({
    value: remembered(<T extends object>(value: T) => graft(value, branch)),
    event: remembered(<T extends object>(value: T) => ({ ...graft(value, branch), host: branch.label })),
    receipt: remembered(<T extends object>(value: T) => graftReceipt(value, branch)),
    branch
  }))
  let last: { readonly states: readonly SupervisorState[]; readonly whole: SupervisorState } | undefined

  const whole = (states: readonly SupervisorState[]): SupervisorState => {
    const parts = states.flatMap((state, index) => {
      const grafter = grafters[index]
      return grafter === undefined ? [] : [{ state, ...grafter }]
    })
    const orphans = states.map((state) => state.orphans)
    const ofBranches = parts.map(({ state, branch, value }) => ({
      label: branch.label,
      orphans: { ...state.orphans, pairs: state.orphans.pairs.map((pair) => value(pair)) }
    }))
    const sum = (of: (state: SupervisorState) => number): number => states.reduce((total, state) => total + of(state), 0)
    return {
      run: runOf(states, branches),
      nodes: Object.fromEntries(
        parts.flatMap(({ state, branch, value }) =>
          Object.entries(state.nodes).map(([name, node]) => [inBranch(name, branch), value(node)] as const)
        )
      ),
      order: parts.flatMap(({ state, branch }) => state.order.map((name) => inBranch(name, branch))),
      orphans: {
        socket: orphans.find(({ socket }) => socket !== undefined)?.socket,
        armed: sum((state) => state.orphans.armed),
        acting: sum((state) => state.orphans.acting),
        parents: sum((state) => state.orphans.parents),
        refused: sum((state) => state.orphans.refused),
        pairs: ofBranches.flatMap((branch) => branch.orphans.pairs),
        branches: ofBranches
      },
      checks: parts.flatMap(({ state, branch, value }) =>
        state.checks.map((check) => ({ ...value(check), name: inBranch(check.name, branch) }))
      ),
      events: newest(
        parts.flatMap(({ state, event: toldBy }) => state.events.map((event) => toldBy(event))),
        byTime,
        BOUNDS.events
      ),
      receipts: newest(
        parts.flatMap(({ state, receipt }) => state.receipts.map((one) => receipt(one))),
        byOpening,
        BOUNDS.receipts
      ),
      problems: newest(
        parts.flatMap(({ state, value }) => state.problems.map((event) => value(event))),
        byTime,
        BOUNDS.problems
      ),
      lastSeq: sum((state) => state.lastSeq)
    }
  }

  return {
    compose(states) {
      if (last === undefined || states.some((state, index) => state !== last?.states[index])) last = { states, whole: whole(states) }
      return last.whole
    }
  }
}

const byTime = (a: { readonly time: string }, b: { readonly time: string }): number => compare(a.time, b.time)
const byOpening = (a: { readonly openedAt: string }, b: { readonly openedAt: string }): number => compare(a.openedAt, b.openedAt)
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** The hosts' clocks may differ; each host's own order is kept where its times are. */
const newest = <T>(list: readonly T[], order: (a: T, b: T) => number, most: number): readonly T[] => [...list].sort(order).slice(-most)

/** The run as a whole: what they have in common, and nothing that only one of them has. */
function runOf(states: readonly SupervisorState[], branches: readonly Branch[]): SupervisorState['run'] {
  const [first, ...others] = states.map((state) => state.run)
  if (first === undefined) throw new TypeError('there is nothing to compose')
  const runs = [first, ...others]
  return {
    ...first,
    name: branches.map(({ label }) => label).join(' '),
    host: `${runs.length} supervisors`,
    startedAt: undefined,
    level: runs.find(({ level }) => level !== first.level)?.level ?? first.level,
    dryRun: runs.some(({ dryRun }) => dryRun),
    shutdown: runs.every(({ shutdown }) => shutdown !== undefined) ? first.shutdown : undefined,
    ended: undefined,
    self: undefined,
    hostCpuHistory: []
  }
}

/** The same result for the same object: readers compare with ===. */
function remembered(make: <T extends object>(value: T) => T): <T extends object>(value: T) => T {
  const made = new WeakMap<object, object>()
  return <T extends object>(value: T): T => {
    const known = made.get(value)
    if (known !== undefined) return known as T
    const result = make(value)
    made.set(value, result)
    return result
  }
}
