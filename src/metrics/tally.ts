import type { OrphanOutcome, SupervisorEvent } from '../core/events.ts'
import type { StopReason } from '../core/receipt.ts'

/** `limit-cpu`, `limit-memory`, `health`, `command`, ...: few, whatever happens. */
export type StopKind = `limit-${'cpu' | 'memory'}` | Exclude<StopReason['kind'], 'limit'>

export interface NodeTally {
  starts: number
  restarts: number
  startFailures: number
  readonly exits: { success: number; failure: number }
  /** By reason. */
  readonly stops: Map<StopKind, number>
  /** Only observed: nothing was stopped. */
  readonly wouldStops: Map<StopKind, number>
}

/** What has happened so far in this run: counts, which only grow. */
export interface Tally {
  readonly nodes: ReadonlyMap<string, NodeTally>
  readonly orphans: ReadonlyMap<OrphanOutcome, number>
  problems(): number
  reloads(): number
  read(event: SupervisorEvent): void
}

/** Of the run from its first event on; a node that is removed takes its counts with it. */
export function createTally(): Tally {
  const nodes = new Map<string, NodeTally>()
  const orphans = new Map<OrphanOutcome, number>()
  let problems = 0
  let reloads = 0

  const readNode = (node: NodeTally, event: SupervisorEvent): void => {
    switch (event.type) {
      case 'node-started':
        node.starts += 1
        if (event.incarnation > 1) node.restarts += 1
        return
      case 'node-start-failed':
        node.startFailures += 1
        return
      case 'node-exited':
        node.exits[event.success ? 'success' : 'failure'] += 1
        return
      case 'receipt-opened':
        count(event.receipt.mode === 'stopped' ? node.stops : node.wouldStops, kindOf(event.receipt.reason))
        return
      default:
        return
    }
  }

  return {
    nodes,
    orphans,
    problems: () => problems,
    reloads: () => reloads,
    read(event) {
      if (event.type === 'problem' || event.type === 'self-unhealthy') problems += 1
      if (event.type === 'reloaded') reloads += 1
      if (event.type === 'orphan-acted') count(orphans, event.outcome)
      if (event.node === undefined) return
      if (event.type === 'node-added') nodes.set(event.node, newTally())
      if (event.type === 'node-removed') nodes.delete(event.node)
      const node = nodes.get(event.node)
      if (node !== undefined) readNode(node, event)
    }
  }
}

const newTally = (): NodeTally => ({
  starts: 0,
  restarts: 0,
  startFailures: 0,
  exits: { success: 0, failure: 0 },
  stops: new Map(),
  wouldStops: new Map()
})

const kindOf = (reason: StopReason): StopKind => (reason.kind === 'limit' ? `limit-${reason.rule}` : reason.kind)

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
