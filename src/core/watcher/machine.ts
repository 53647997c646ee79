import type { Failure } from '../errors.ts'
import type { EventBody } from '../events.ts'
import type { Identity } from '../process/identity.ts'
import type { ExitStatus, NextStep, StopReason } from '../receipt.ts'
import type { Compat, NodeKind, NodeSettings } from '../settings.ts'

/** What follows once the tree is empty. */
export type Intent = 'respawn' | 'restart' | 'stop' | 'shutdown'

/** An end that was asked for before there was anything to end. */
export type Pending = { readonly kind: 'stop'; readonly by: string } | { readonly kind: 'shutdown'; readonly force: boolean }

/** A life that has begun. */
interface Life {
  readonly leader: Identity
  /** Monotonic ms. */
  readonly startedAt: number
}

/** Where the life of a node stands; each variant carries only its own data. Times are monotonic ms. */
export type State =
  /** Never started. */
  | { readonly phase: 'idle' }
  /** For the nodes in `after`. */
  | { readonly phase: 'waiting' }
  /** Between the gate and its program; `pending` is what was asked for meanwhile. */
  | { readonly phase: 'starting'; readonly pending: Pending | undefined }
  | ({ readonly phase: 'running' } & Life)
  /** The leader ended by itself; what it left behind has to end before anything follows. */
  | ({ readonly phase: 'draining'; readonly exit: ExitStatus; readonly exitedAt: number; readonly intent: Intent } & Life)
  | ({ readonly phase: 'stopping'; readonly reason: StopReason; readonly intent: Intent } & Life)
  /** Not empty 2 s after SIGKILL: no respawn until it is. */
  | ({ readonly phase: 'stuck'; readonly survivors: readonly number[]; readonly cause: Cause; readonly intent: Intent } & Life)
  | { readonly phase: 'backing-off'; readonly until: number }
  | { readonly phase: 'stopped'; readonly by: 'command' | 'exit' | 'shutdown' }
  | { readonly phase: 'failed'; readonly detail: string }

export type Phase = State['phase']

/** Why a life ended without anybody asking for it. */
export type Cause =
  | { readonly kind: 'exit'; readonly exit: ExitStatus; readonly uptimeMs: number }
  | { readonly kind: 'stop'; readonly reason: StopReason; readonly uptimeMs: number }
  | { readonly kind: 'spawn'; readonly failure: Failure }

export interface NodeMachine {
  readonly name: string
  readonly kind: NodeKind
  /** 1 for the first start. */
  readonly incarnation: number
  /** Monotonic ms of each use of the budget, oldest first; in the window, or since the start under osquery's rules. */
  readonly uses: readonly number[]
  readonly state: State
}

/** What happens to a node. `at` is monotonic ms. */
export type NodeEvent =
  | { readonly type: 'start'; readonly by: string }
  | { readonly type: 'stop'; readonly by: string }
  | { readonly type: 'restart'; readonly by: string }
  | { readonly type: 'shutdown'; readonly force: boolean }
  | { readonly type: 'dependencies-ready' }
  | { readonly type: 'spawned'; readonly leader: Identity; readonly at: number }
  | { readonly type: 'spawn-failed'; readonly failure: Failure; readonly at: number }
  | { readonly type: 'exited'; readonly exit: ExitStatus; readonly at: number }
  /** The leader has ended by itself, others of its tree have not, and they are only observed: nothing was sent to them. */
  | { readonly type: 'left-behind' }
  /** A limit, the health check or the readiness check. */
  | { readonly type: 'broken'; readonly reason: StopReason; readonly at: number }
  | { readonly type: 'tree-emptied'; readonly at: number }
  | { readonly type: 'unkillable'; readonly survivors: readonly number[]; readonly at: number }
  | { readonly type: 'backoff-elapsed' }

/** What is to be done about it. */
export type NodeEffect =
  | { readonly type: 'await-dependencies' }
  | { readonly type: 'spawn'; readonly incarnation: number }
  /** The program must not run any more: `spawn-failed` follows at once; `spawned` if it is too late. */
  | { readonly type: 'abort-start' }
  /** End what the leader left behind; nothing left: `tree-emptied` at once. Only observed: `left-behind`, and nothing is sent. */
  | { readonly type: 'drain' }
  | { readonly type: 'stop-tree'; readonly reason: StopReason; readonly kind: 'limit' | 'commanded' | 'force' }
  /** End what was left behind and only observed so far; without a meaning where it is being ended already. */
  | { readonly type: 'insist'; readonly reason: StopReason }
  /** SIGKILL now. */
  | { readonly type: 'escalate' }
  | { readonly type: 'arm-backoff'; readonly delayMs: number }
  | { readonly type: 'disarm-backoff' }
  | { readonly type: 'emit'; readonly body: EventBody }
  /** Exactly one after each `drain` and `stop-tree`, none without: what follows the stop that was last begun. */
  | { readonly type: 'follow-receipt'; readonly next: NextStep }
  | { readonly type: 'end-run'; readonly code: number; readonly reason: string }

export interface MachineContext {
  /** Monotonic ms. */
  readonly now: number
  /** Wall clock, ms since the epoch; only for what is shown. */
  readonly wall: number
  readonly settings: NodeSettings
  readonly compat: Compat
  /** 0..1, for the jitter. */
  readonly random: number
}

export type Step = readonly [NodeMachine, readonly NodeEffect[]]

export const createMachine = (settings: Pick<NodeSettings, 'name' | 'kind'>): NodeMachine => ({
  name: settings.name,
  kind: settings.kind,
  incarnation: 0,
  uses: [],
  state: { phase: 'idle' }
})
