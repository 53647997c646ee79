import { createStore as createVanillaStore } from 'zustand/vanilla'
import type { CheckState } from './core/checks/state.ts'
import type { BudgetState, Facility, NodeDescription, NodeSample, SupervisorEvent } from './core/events.ts'
import { type Identity, sameProcess } from './core/process/identity.ts'
import type { OrphanPair } from './core/queries.ts'
import type { ExitStatus, LedgerEntry, Receipt, StopReason } from './core/receipt.ts'
import type { WatchdogLevel } from './core/settings.ts'
import { reduceChecks } from './store/checks.ts'
import { nodeOf, reduceNodes } from './store/nodes.ts'
import { reduceOrphans } from './store/orphans.ts'
import { reduceRecords } from './store/records.ts'
import { reduceRun } from './store/run.ts'

/** Where a node stands, as the screen shows it; each variant carries only its own data. Times are wall clock, ISO 8601. */
export type NodePhase =
  | { readonly phase: 'idle' }
  | { readonly phase: 'waiting'; readonly after: readonly string[] }
  | { readonly phase: 'starting' }
  | {
      readonly phase: 'running'
      readonly leader: Identity
      readonly since: string
      readonly epoch: number
      readonly ready: boolean
      readonly containment: string
    }
  | { readonly phase: 'stopping'; readonly receipt: number; readonly reason: StopReason; readonly since: string }
  | { readonly phase: 'stuck'; readonly receipt: number; readonly survivors: readonly number[]; readonly since: string }
  | { readonly phase: 'backing-off'; readonly until: string; readonly delayMs: number }
  | { readonly phase: 'stopped'; readonly by: 'command' | 'exit' | 'shutdown' }
  | { readonly phase: 'failed'; readonly detail: string }

/** One node of the tree: what it is, where it stands, what was last seen of it. */
export interface NodeState {
  readonly description: NodeDescription
  readonly incarnation: number
  readonly phase: NodePhase
  readonly sample: NodeSample | undefined
  /** CPU percent of one CPU, one value a refresh, oldest first, at most 600. */
  readonly cpuHistory: readonly number[]
  /** Bytes, likewise. */
  readonly memoryHistory: readonly number[]
  /** Newest last, at most 120. */
  readonly ledger: readonly LedgerEntry[]
  readonly budget: BudgetState
  readonly health: { readonly healthy: boolean; readonly failures: number; readonly detail: string } | undefined
  readonly lastExit: (ExitStatus & { readonly at: string; readonly uptimeMs: number }) | undefined
  /** Lines of output lost for want of room. */
  readonly droppedLines: number
  readonly restarts: number
}

export interface RunState {
  readonly name: string
  readonly host: string
  readonly version: string
  readonly pid: number
  readonly startedAt: string | undefined
  readonly level: WatchdogLevel
  readonly compat: string
  readonly dryRun: boolean
  readonly sampler: string
  readonly logicalCpus: number
  readonly facilities: readonly Facility[]
  readonly intervalMs: number
  readonly shutdown: { readonly code: number; readonly reason: string } | undefined
  readonly ended: { readonly code: number; readonly reason: string } | undefined
  readonly self:
    | {
        readonly cpuPercent: number
        readonly rssBytes: number
        readonly hostCpuPercent: number
        readonly hostMemoryUsed: number
        readonly hostMemoryTotal: number
      }
    | undefined
  /** Newest last, at most 600. */
  readonly hostCpuHistory: readonly number[]
}

/** What the reaper holds. */
export interface OrphansState {
  /** Of the wire protocol; undefined: pairs are registered by commands alone. */
  readonly socket: string | undefined
  readonly armed: number
  readonly acting: number
  /** Different living parents. */
  readonly parents: number
  readonly refused: number
  /** The first 500 in the order of registration; the rest is asked for (queries.ts). */
  readonly pairs: readonly OrphanPair[]
  /** Those of each supervisor, by its label, where several are shown as one; all else here is their sum. */
  readonly branches?: readonly { readonly label: string; readonly orphans: OrphansState }[]
}

/** The fold of all events. What did not change keeps its identity, so that a reader may compare with ===. */
export interface SupervisorState {
  readonly run: RunState
  readonly nodes: Readonly<Record<string, NodeState>>
  /** Worker first, then extensions in the order of the configuration. */
  readonly order: readonly string[]
  readonly orphans: OrphansState
  /** In the order of the configuration. */
  readonly checks: readonly CheckState[]
  /** Newest last, at most 1,000; transient ones are not kept. */
  readonly events: readonly SupervisorEvent[]
  /** Newest last, at most 200; an open receipt is replaced when it is closed or followed. */
  readonly receipts: readonly Receipt[]
  /** Problems not yet dismissed are shown as warnings: the newest 50. */
  readonly problems: readonly SupervisorEvent[]
  /** Of the last event that was folded; lines of output are not, they are in the rings. */
  readonly lastSeq: number
}

/** Holds the state; takes events, tells readers. */
export interface StateStore {
  getState(): SupervisorState
  /** Calls after every change of state; returns the unsubscriber. */
  subscribe(listener: () => void): () => void
  dispatch(event: SupervisorEvent): void
}

/** What is known of a run before its first event. */
export type InitialRun = Pick<RunState, 'name' | 'host' | 'version' | 'pid' | 'intervalMs'>

/** A store of its own for each run and each test. */
export function createStore(initial: InitialRun): StateStore {
  const store = createVanillaStore<SupervisorState>()(() => initialState(initial))
  return {
    getState: store.getState,
    subscribe: (listener) => store.subscribe(() => listener()),
    dispatch: (event) => store.setState((state) => reduce(state, event), true)
  }
}

export const initialState = (initial: InitialRun): SupervisorState => ({
  run: {
    ...initial,
    startedAt: undefined,
    level: 'normal',
    compat: 'none',
    dryRun: false,
    sampler: 'auto',
    logicalCpus: 1,
    facilities: [],
    shutdown: undefined,
    ended: undefined,
    self: undefined,
    hostCpuHistory: []
  },
  nodes: {},
  order: [],
  orphans: { socket: undefined, armed: 0, acting: 0, parents: 0, refused: 0, pairs: [] },
  checks: [],
  events: [],
  receipts: [],
  problems: [],
  lastSeq: 0
})

/** The state after one more event; pure. Each topic is folded in a file of its own under store/. */
export function reduce(state: SupervisorState, event: SupervisorEvent): SupervisorState {
  if (event.type === 'output') return state
  const run = reduceRun(state.run, event)
  const { nodes, order } = reduceNodes(state, event)
  const { events, receipts, problems } = reduceRecords(state, event)
  return {
    run,
    nodes,
    order,
    orphans: reduceOrphans(state.orphans, event),
    checks: reduceChecks(state.checks, event),
    events,
    receipts,
    problems,
    lastSeq: event.seq
  }
}

/** One node by its name. */
export const selectNode =
  (name: string) =>
  (state: SupervisorState): NodeState | undefined =>
    nodeOf(state.nodes, name)

/** All nodes in the order of the tree; a new list at each call. */
export const selectNodes = (state: SupervisorState): readonly NodeState[] =>
  state.order.map((name) => nodeOf(state.nodes, name)).filter((node) => node !== undefined)

/** One receipt by its number. */
export const selectReceipt =
  (id: number) =>
  (state: SupervisorState): Receipt | undefined =>
    state.receipts.find((receipt) => receipt.id === id)

/** The node whose newest sample holds this very process. */
export const selectOwner =
  (target: Identity) =>
  (state: SupervisorState): NodeState | undefined =>
    selectNodes(state).find((node) => node.sample?.processes.some((process) => sameProcess(process, target)))
