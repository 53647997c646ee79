import type { Emit } from '../events.ts'
import type { Hooks } from '../hooks/hooks.ts'
import type { OutputRings } from '../output/rings.ts'
import type { Clock, Guardian, ProcessTable, Signaller, Spawner } from '../ports.ts'
import type { Settings } from '../settings.ts'
import type { LeftNodes } from './left-nodes.ts'

/** The outside world, as the supervisor may touch it. Built once, by the entry. */
export interface Ports {
  readonly clock: Clock
  readonly table: ProcessTable
  readonly spawner: Spawner
  readonly signaller: Signaller
  readonly guardian: Guardian
  readonly left: LeftNodes
  readonly hooks: Hooks
  readonly output: OutputRings
  readonly emit: Emit
  /** After a log rotation: every log file of the run. */
  readonly reopenLogs: () => void
  /** 0..1 */
  readonly random: () => number
  readonly logicalCpus: number
}

/** What one node's runner may ask of the run that it is part of. */
export interface Run {
  readonly settings: Settings
  readonly ports: Ports
  nextReceiptId(): number
  /** Whether these nodes are ready, for `after`. */
  areReady(nodes: readonly string[]): boolean
  /**
   * When the worker's last life began, monotonic ms, also once it is over: that is what osquery's start-up delay counts from.
   * undefined: there is no worker, or its program has not run yet (since it was started last).
   */
  workerStartedAt(): number | undefined
  /** A node became ready, or came to rest. */
  nodeChanged(): void
  /** The whole run ends; extensions first, then the worker. */
  end(end: RunEnd): void
}

/** How a run ends. */
export interface RunEnd {
  readonly code: number
  readonly reason: string
  /** The node whose own end it is; undefined: it was asked for, or the supervisor itself is why. */
  readonly node?: string
}
