import type { LimitField, NodeSettings } from '../core/settings.ts'
import { duration, percent, size } from './units.ts'
import { count, type ValueKind } from './values.ts'

interface LimitSetting {
  /** Below the node, as in the configuration file. */
  readonly path: readonly [string, string]
  readonly kind: Pick<ValueKind<number>, 'show'>
  readonly of: (node: Pick<NodeSettings, 'limits' | 'respawn'>) => number
}

/** Where each limit stands in the configuration, and how it is written there. */
export const LIMIT_SETTINGS: Readonly<Record<LimitField, LimitSetting>> = {
  memory: { path: ['limits', 'memory'], kind: size, of: ({ limits }) => limits.memory.value },
  memoryLatency: { path: ['limits', 'memoryLatency'], kind: duration, of: ({ limits }) => limits.memoryLatency.value },
  cpu: { path: ['limits', 'cpu'], kind: percent, of: ({ limits }) => limits.cpu.value },
  latency: { path: ['limits', 'latency'], kind: duration, of: ({ limits }) => limits.latency.value },
  respawnLimit: { path: ['respawn', 'limit'], kind: count(0, 0), of: ({ respawn }) => respawn.limit.value }
}

/** `worker`, or `extensions` and the name. */
export const nodePath = ({ kind, name }: Pick<NodeSettings, 'kind' | 'name'>): readonly string[] =>
  kind === 'worker' ? ['worker'] : ['extensions', name]
