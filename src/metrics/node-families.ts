import { type NodeState, selectNodes } from '../store.ts'
import { counter, type Family, gauge, type Sample, yes } from './family.ts'
import type { Measured } from './samples.ts'
import type { NodeTally } from './tally.ts'

const PHASES: readonly NodeState['phase']['phase'][] = [
  'idle',
  'waiting',
  'starting',
  'running',
  'stopping',
  'stuck',
  'backing-off',
  'stopped',
  'failed'
]

/** The metrics that every node has. */
export function nodeFamilies({ state, tally, now }: Measured): Family[] {
  const nodes = selectNodes(state).map((node) => {
    const { name, kind } = node.description
    return { node, labels: { node: name, kind }, entry: node.ledger.at(-1), counts: tally.nodes.get(name) }
  })
  type One = (typeof nodes)[number]
  const each = (value: (one: One) => number | undefined): Sample[] =>
    nodes.flatMap((one): Sample[] => {
      const found = value(one)
      return found === undefined ? [] : [[one.labels, found]]
    })
  const many = (values: (one: One) => readonly Sample[]): Sample[] =>
    nodes.flatMap((one) => values(one).map(([more, value]): Sample => [{ ...one.labels, ...more }, value]))
  const counted = (value: (counts: NodeTally) => number): Sample[] => each(({ counts }) => counts && value(counts))
  const byReason = (counts: ReadonlyMap<string, number> | undefined): Sample[] =>
    [...(counts ?? [])].map(([reason, value]): Sample => [{ reason }, value])

  return [
    gauge('node_state', 'Where the node stands: 1 for one state, 0 for the others.', [
      ...many(({ node }) => PHASES.map((state): Sample => [{ state }, yes(node.phase.phase === state)]))
    ]),
    gauge(
      'node_ready',
      'Whether it runs and is ready.',
      each(({ node }) => yes(node.phase.phase === 'running' && node.phase.ready))
    ),
    gauge(
      'node_healthy',
      'Result of its health check, where it has one.',
      each(({ node }) => node.health && yes(node.health.healthy))
    ),
    gauge(
      'node_observed',
      'Whether it is only observed.',
      each(({ node }) => yes(node.description.observe || state.run.dryRun))
    ),
    gauge(
      'node_uptime_seconds',
      'Of its present life.',
      each(({ node }) => uptime(node, now))
    ),
    gauge(
      'node_cpu_cores',
      'CPU that its tree uses; 1 is one CPU.',
      each(({ node }) => node.sample && node.sample.cpuPercent / 100)
    ),
    gauge(
      'node_memory_bytes',
      'Resident memory of its tree.',
      each(({ node }) => node.sample?.rssBytes)
    ),
    gauge(
      'node_processes',
      'Processes of its tree.',
      each(({ node }) => node.sample?.processes.length)
    ),
    gauge(
      'node_memory_growth_bytes',
      'Memory above its baseline, at the last check.',
      each(({ entry }) => entry?.memory.growthBytes)
    ),
    gauge(
      'node_cpu_budget_ratio',
      'CPU used at the last check; 1 is its limit.',
      each(({ entry }) => entry && ratio(entry.cpu))
    ),
    gauge('node_over_limit_seconds', 'For how long it has been over a limit.', [
      ...many(({ entry }) =>
        entry === undefined
          ? []
          : [
              [{ rule: 'cpu' }, entry.cpu.over ? entry.cpu.sustainedMs / 1000 : 0],
              [{ rule: 'memory' }, entry.memory.over ? entry.memory.sustainedMs / 1000 : 0]
            ]
      )
    ]),
    gauge(
      'node_memory_limit_bytes',
      'Growth that is allowed.',
      each(({ node }) => node.description.limits.memory.value)
    ),
    gauge(
      'node_cpu_limit_ratio',
      'CPU that is allowed; 1 is all CPUs.',
      each(({ node }) => node.description.limits.cpu.value / 100)
    ),
    gauge('node_limit_latency_seconds', 'For how long it may be over a limit.', [
      ...many(({ node: { description } }) => [
        [{ rule: 'cpu' }, description.limits.latency.value / 1000],
        [{ rule: 'memory' }, description.limits.memoryLatency.value / 1000]
      ])
    ]),
    gauge(
      'node_respawn_budget',
      'Involuntary ends that are allowed in the window.',
      each(({ node }) => node.budget.limit)
    ),
    gauge(
      'node_respawn_budget_used',
      'How many there were in the window.',
      each(({ node }) => node.budget.uses)
    ),
    counter(
      'node_starts_total',
      'Starts.',
      counted(({ starts }) => starts)
    ),
    counter(
      'node_restarts_total',
      'Starts after the first.',
      counted(({ restarts }) => restarts)
    ),
    counter(
      'node_start_failures_total',
      'Starts that failed.',
      counted(({ startFailures }) => startFailures)
    ),
    counter('node_exits_total', 'Ends of its leader.', [
      ...many(({ counts }) =>
        counts === undefined
          ? []
          : [
              [{ success: 'true' }, counts.exits.success],
              [{ success: 'false' }, counts.exits.failure]
            ]
      )
    ]),
    counter(
      'node_stops_total',
      'Stops by the supervisor, by reason.',
      many(({ counts }) => byReason(counts?.stops))
    ),
    counter(
      'node_would_stops_total',
      'Stops that were only observed, by reason.',
      many(({ counts }) => byReason(counts?.wouldStops))
    ),
    counter(
      'node_dropped_lines_total',
      'Lines of its output that were lost.',
      each(({ node }) => node.droppedLines)
    )
  ]
}

const ratio = ({ usedMs, budgetMs }: { readonly usedMs: number; readonly budgetMs: number }): number | undefined =>
  budgetMs > 0 ? usedMs / budgetMs : undefined

function uptime({ phase }: NodeState, now: number): number {
  return phase.phase === 'running' ? Math.max(0, (now - Date.parse(phase.since)) / 1000) : 0
}
