import type { NodeSample, SupervisorEvent } from '../core/events.ts'
import type { NodeState, SupervisorState } from '../store.ts'
import { pushHistory } from './bounded.ts'
import { keepEqual, keepEqualProcesses } from './keep-equal.ts'
import { newNode, reduceNode } from './node.ts'

type Nodes = Pick<SupervisorState, 'nodes' | 'order'>

/** What an event changes about the nodes and their order; events about nodes that are not there change nothing. */
export function reduceNodes(state: Nodes, event: SupervisorEvent): Nodes {
  if (event.type === 'refreshed') return refresh(state, event.samples)
  const name = event.type === 'node-added' ? event.description.name : event.node
  if (name === undefined) return state
  const known = nodeOf(state.nodes, name)
  if (known === undefined) return event.type === 'node-added' ? add(state, event.description.name, newNode(event.description)) : state
  if (event.type === 'node-removed') return remove(state, name)
  const next = reduceNode(known, event)
  return next === known ? state : { ...state, nodes: { ...state.nodes, [name]: next } }
}

/** Names may be those of Object's own members: `constructor` is a valid one. */
export const nodeOf = (nodes: SupervisorState['nodes'], name: string): NodeState | undefined =>
  Object.hasOwn(nodes, name) ? nodes[name] : undefined

function add({ nodes, order }: Nodes, name: string, node: NodeState): Nodes {
  const first = node.description.kind === 'worker'
  return { nodes: { ...nodes, [name]: node }, order: first ? [name, ...order] : [...order, name] }
}

function remove({ nodes, order }: Nodes, name: string): Nodes {
  return {
    nodes: Object.fromEntries(Object.entries(nodes).filter(([other]) => other !== name)),
    order: order.filter((other) => other !== name)
  }
}

function refresh(state: Nodes, samples: readonly NodeSample[]): Nodes {
  const updates: [string, NodeState][] = []
  for (const sample of samples) {
    const known = nodeOf(state.nodes, sample.node)
    if (known === undefined) continue
    const next = withSample(known, sample)
    if (next !== known) updates.push([sample.node, next])
  }
  return updates.length === 0 ? state : { ...state, nodes: { ...state.nodes, ...Object.fromEntries(updates) } }
}

function withSample(node: NodeState, next: NodeSample): NodeState {
  const sample = keepEqual(node.sample, { ...next, processes: keepEqualProcesses(node.sample?.processes ?? [], next.processes) })
  const cpuHistory = pushHistory(node.cpuHistory, next.cpuPercent)
  const memoryHistory = pushHistory(node.memoryHistory, next.rssBytes)
  if (sample === node.sample && cpuHistory === node.cpuHistory && memoryHistory === node.memoryHistory) return node
  return { ...node, sample, cpuHistory, memoryHistory }
}
