import type { Result } from './errors.ts'
import type { Facility } from './events.ts'
import type { Identity } from './process/identity.ts'
import type { ProcessSample, TreeSample } from './process/sample.ts'
import type { ExitStatus, SignalOutcome } from './receipt.ts'
import type { NodeSettings, SignalName } from './settings.ts'

/** Stops a timer or a watch; calling it twice is harmless. */
export type Cancel = () => void

/** Time. `now` and `after` are monotonic (CLOCK_MONOTONIC, unaffected by clock changes); `wall` is only to show and write. */
export interface Clock {
  /** Monotonic ms. */
  now(): number
  /** Wall clock, ms since the epoch. */
  wall(): number
  /** Calls once, `ms` from now; does not keep the process alive unless something else does. */
  after(ms: number, callback: () => void): Cancel
}

/** The one place that sends signals; core/stop/signal.ts. */
export interface Signaller {
  /** `recycled`: the pid belongs to another process by now; nothing was sent. */
  signal(target: Identity, signal: SignalName): SignalOutcome
  /**
   * To the process group led by `leader`, through the leader's pidfd, also after the leader was reaped.
   * undefined: not possible on this kernel; signal each member instead.
   */
  signalGroup(leader: Identity, signal: SignalName): SignalOutcome | undefined
  /** Holds what is needed to signal this process (and its group) for as long as it is wanted. */
  hold(target: Identity): Cancel
}

/** How the tree of one node is recognised. */
export interface TreeHandle {
  readonly node: string
  readonly leader: Identity
  /** Value of TSUPERVISE_TREE in the environment of the children. */
  readonly cookie: string
  /** The tree's own cgroup v2 folder, where it has one. */
  readonly cgroup: string | undefined
  /** Started by an earlier supervisor: its leader is no child of ours, and its orphans do not come to us. */
  readonly adopted?: true
}

/**
 * The processes of the managed trees: who belongs, what they use, when they end.
 * procfs (with process events, pidfds and cgroups where there are any) or portable; the same behind this interface.
 */
export interface ProcessTable {
  readonly sampler: 'procfs' | 'portable'
  readonly facilities: readonly Facility[]
  /** Begin to follow a tree; called while the leader still waits at the gate, so that nothing is missed. */
  track(tree: TreeHandle): void
  /** Forget a tree; its members, if any are left, become `adopted, origin unknown`. */
  untrack(node: string): void
  /** One sample for each tracked tree, by node name. Called at most once at a time. */
  refresh(): Promise<ReadonlyMap<string, TreeSample>>
  /** The living members now (no zombies), leader first; found afresh, cheaply. */
  members(node: string): Promise<readonly ProcessSample[]>
  /** Whether any tracked tree holds this very process. */
  owner(target: Identity): string | undefined
  /** Sum of the proportional set sizes, bytes; undefined where it cannot be read for every member. */
  pss(node: string): Promise<number | undefined>
  /** Calls at every death of a member or adopted process, as an event where there are pidfds. */
  onDeath(
    listener: (death: { readonly node: string | undefined; readonly process: ProcessSample; readonly exit: ExitStatus | undefined }) => void
  ): Cancel
  /** Identity and facts of one process now. */
  inspect(pid: number): ProcessSample | undefined
  /** Descendants of the supervisor that no tree claims; ended at shutdown. */
  strays(): Promise<readonly ProcessSample[]>
  close(): void
}

/** A child behind the gate. */
export interface Child {
  readonly leader: Identity
  readonly tree: TreeHandle
  /** The means that hold this tree together: cgroup, subreaper or group. */
  readonly containment: string
  /** Lets the child pass the gate. Resolves when its program runs, or with why it could not (ENOENT, EACCES, setup-failed, ...). */
  release(): Promise<Result<undefined>>
  /** Once, when the leader has ended (not when its streams close). */
  onExit(listener: (exit: ExitStatus) => void): void
  /**
   * The tree is empty, or the child must not pass the gate (which then leaves): reads what its streams still hold, within
   * a bound, closes them, and takes away the tree's cgroup. Calling it twice is harmless.
   */
  close(): void
}

export interface SpawnRequest {
  readonly settings: NodeSettings
  /** Of a tree that is new; one that was kept ready has another. */
  readonly cookie: string
  readonly onLine: (stream: 'stdout' | 'stderr', line: string) => void
  readonly onDropped: (stream: 'stdout' | 'stderr', lines: number) => void
}

/** A tree that an earlier supervisor left running. */
export interface AdoptRequest extends Omit<SpawnRequest, 'cookie'> {
  readonly tree: TreeHandle
}

/** Makes children. Every child passes the same gate; reaper.md, "Containment". */
export interface Spawner {
  readonly facilities: readonly Facility[]
  /** Starts the gate; the program does not run before `release`. Failures are named: EAGAIN, EMFILE, ENOENT, unsafe-binary, ... */
  spawn(request: SpawnRequest): Promise<Result<Child>>
  /** A child that has passed its gate in an earlier run; `onExit` never calls, since it is not ours to wait for. */
  adopt(request: AdoptRequest): Child
  /** The node comes to rest, or is no more: what is kept ready for its next start goes. */
  dropSpare(node: string): void
  /** The run ends. */
  closeSpares(): void
  /** Why this command should not be run (others can write to it), or undefined. */
  unsafe(settings: NodeSettings): string | undefined
  reopenLogs(): void
  close(): void
}

/**
 * Ends what the supervisor started when the supervisor dies without a chance to do so itself.
 * The gate waits until the guardian knows the child.
 */
export interface Guardian {
  readonly facility: Facility
  know(tree: TreeHandle): Promise<void>
  forget(node: string): void
  /** At a clean end. */
  disarm(): void
  /** Resolves when a disarmed guardian is gone, or does not go; at once while it is armed. */
  left(): Promise<void>
}
