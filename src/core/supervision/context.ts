import type { Emit } from '../events.ts'
import type { Hooks } from '../hooks/hooks.ts'
import type { OutputRings } from '../output/rings.ts'
import type { Clock, Guardian, ProcessTable, Signaller, Spawner } from '../ports.ts'
import type { Settings } from '../settings.ts'

/** The outside world, as the supervisor may touch it. Built once, by the entry. */
export interface Ports {
  readonly clock: Clock
  readonly table: ProcessTable
  readonly spawner: Spawner
  readonly signaller: Signaller
  readonly guardian: Guardian
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
  /** When the worker's present life began, monotonic ms; undefined: there is no worker, or it does not run. */
  workerStartedAt(): number | undefined
  /** A node became ready, or came to rest. */
  nodeChanged(): void
  /** The whole run ends; extensions first, then the worker. */
  end(code: number, reason: string): void
}
