import type { LimitField, NodeDescription, Sourced, SupervisorEvent } from '../core/events.ts'
import type { NodePhase, NodeState } from '../store.ts'
import { BOUNDS, pushBounded } from './bounded.ts'
import { keepEqual } from './keep-equal.ts'

/** A node of which nothing is known but its description. */
export const newNode = (description: NodeDescription): NodeState => ({
  description,
  incarnation: 0,
  phase: { phase: 'idle' },
  sample: undefined,
  cpuHistory: [],
  memoryHistory: [],
  ledger: [],
  budget: { uses: 0, limit: description.respawn.limit.value, refillsAt: undefined },
  health: undefined,
  lastExit: undefined,
  droppedLines: 0,
  restarts: 0
})

/** A phase in which no tree of the node lives: what was measured of the last one is no longer true. */
const withoutTree = (node: NodeState, phase: NodePhase): NodeState => ({ ...node, phase, sample: undefined, health: undefined })

/** What an event about this node changes; the very same node when it changes nothing. Every type of event has its case. */
export function reduceNode(node: NodeState, event: SupervisorEvent): NodeState {
  switch (event.type) {
    case 'node-added':
      return describe(node, event.description)
    case 'node-changed':
      return withBudgetLimit(describe(node, event.description), event.description.respawn.limit.value)
    case 'node-waiting':
      return withoutTree(node, { phase: 'waiting', after: event.after })
    case 'node-starting':
      return { ...withoutTree(node, { phase: 'starting' }), incarnation: event.incarnation, ledger: [] }
    case 'node-started':
      return {
        ...node,
        incarnation: event.incarnation,
        phase: {
          phase: 'running',
          leader: event.leader,
          since: event.adopted?.since ?? event.time,
          epoch: event.epoch,
          ready: false,
          containment: event.containment
        },
        restarts: event.incarnation > 1 && event.adopted === undefined ? node.restarts + 1 : node.restarts
      }
    case 'node-start-failed':
      return { ...node, incarnation: event.incarnation }
    case 'node-ready':
      return node.phase.phase === 'running' && !node.phase.ready ? { ...node, phase: { ...node.phase, ready: true } } : node
    case 'node-exited':
      return { ...node, lastExit: { ...event.exit, at: event.time, uptimeMs: event.uptimeMs } }
    case 'node-stopping':
      return { ...node, phase: { phase: 'stopping', receipt: event.receipt, reason: event.reason, since: event.time } }
    case 'node-stuck':
      return { ...node, phase: { phase: 'stuck', receipt: event.receipt, survivors: event.survivors, since: event.time } }
    case 'node-backing-off':
      return {
        ...withoutTree(node, { phase: 'backing-off', until: event.until, delayMs: event.delayMs }),
        budget: keepEqual(node.budget, event.budget)
      }
    case 'node-stopped':
      return withoutTree(node, { phase: 'stopped', by: event.by })
    case 'node-failed':
      return { ...withoutTree(node, { phase: 'failed', detail: event.detail }), budget: keepEqual(node.budget, event.budget) }
    case 'budget-changed':
      return changed(node, 'budget', keepEqual(node.budget, event.budget))
    case 'health-changed': {
      const { healthy, failures, detail } = event
      return changed(node, 'health', keepEqual(node.health, { healthy, failures, detail }))
    }
    case 'checked':
      return { ...node, ledger: pushBounded(node.ledger, event.entry, BOUNDS.ledger) }
    case 'limit-changed':
      return withLimit(node, event.field, { value: event.to, source: event.source })
    case 'observe-changed':
      return describe(node, { ...node.description, observe: event.observe })
    case 'output-dropped':
      return { ...node, droppedLines: node.droppedLines + event.lines }
    // about the run, about processes and receipts, or kept elsewhere: records.ts, run.ts, nodes.ts
    case 'supervisor-started':
    case 'facility-changed':
    case 'shutdown-started':
    case 'supervisor-ended':
    case 'self-sampled':
    case 'self-unhealthy':
    case 'problem':
    case 'interface-lost':
    case 'control-opened':
    case 'control-unavailable':
    case 'reloaded':
    case 'node-removed':
    case 'limit-exceeded':
    case 'limit-recovered':
    case 'receipt-opened':
    case 'receipt-closed':
    case 'signalled':
    case 'reaped':
    case 'orphan-socket-opened':
    case 'orphan-registered':
    case 'orphan-noted':
    case 'orphans-counted':
    case 'orphan-refused':
    case 'orphan-message':
    case 'orphan-client-closed':
    case 'orphan-released':
    case 'orphan-struck':
    case 'orphan-acting':
    case 'orphan-acted':
    case 'refreshed':
    case 'output':
    case 'check-added':
    case 'check-removed':
    case 'check-changed':
    case 'checks-counted':
    case 'check-acted':
    case 'hook-ended':
      return node
  }
}

function withLimit(node: NodeState, field: LimitField, limit: Sourced<number>): NodeState {
  const { limits, respawn } = node.description
  if (field !== 'respawnLimit') return describe(node, { ...node.description, limits: { ...limits, [field]: limit } })
  return withBudgetLimit(describe(node, { ...node.description, respawn: { ...respawn, limit } }), limit.value)
}

const withBudgetLimit = (node: NodeState, limit: number): NodeState =>
  changed(node, 'budget', keepEqual(node.budget, { ...node.budget, limit }))

const changed = <K extends keyof NodeState>(node: NodeState, key: K, value: NodeState[K]): NodeState =>
  node[key] === value ? node : { ...node, [key]: value }

const describe = (node: NodeState, description: NodeDescription): NodeState =>
  changed(node, 'description', keepEqual(node.description, description))
