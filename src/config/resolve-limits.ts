import type { Limits, RespawnPolicy, Sourced, StopPolicy } from '../core/settings.ts'
import { byDefault, type FileSection } from './ledger.ts'
import { DELAY_MS, FORCED_SHUTDOWN_DELAY_MS, LEVELS, MAX_DELAY_MS, type NodeDefaults } from './levels.ts'
import type { Policy, ResolveContext } from './resolve-context.ts'
import type { NodeConfig } from './schema-node.ts'
import { stopSignal, warnSignal } from './special-values.ts'
import { duration, percent, period, size } from './units.ts'
import { choice, count, share, type ValueKind } from './values.ts'

/** An option counts for every node, over what the file says of one node; of the file, the node's own value wins. */
export function resolveLimits(context: ResolveContext, policy: Policy, node: FileSection<NodeConfig>, path: string): Limits {
  const { ledger, overrides, shared } = context
  const level = policy.level.value
  const own = node.section('limits')
  const orLevel = (
    name: string,
    kind: ValueKind<number>,
    candidates: readonly (Sourced<number> | undefined)[],
    ofLevel: number
  ): Sourced<number> => {
    const fallback: Sourced<number> = { value: ofLevel, source: { kind: 'level', level } }
    const chosen = candidates.find((candidate) => candidate !== undefined)
    return ledger.choose(`${path}.limits.${name}`, kind, [chosen?.value === 0 ? undefined : chosen], fallback)
  }
  return {
    memory: orLevel(
      'memory',
      size,
      [overrides['watchdog-memory-limit'], own.get('memory'), shared.get('memoryLimit')],
      LEVELS[level].memory
    ),
    memoryLatency: ledger.choose(
      `${path}.limits.memoryLatency`,
      duration,
      [own.get('memoryLatency'), shared.get('memoryLatency')],
      byDefault(0)
    ),
    cpu: orLevel(
      'cpu',
      percent,
      [overrides['watchdog-utilization-limit'], own.get('cpu'), shared.get('utilizationLimit')],
      LEVELS[level].cpu
    ),
    latency: orLevel(
      'latency',
      duration,
      [overrides['watchdog-latency-limit'], own.get('latency'), shared.get('latencyLimit')],
      LEVELS[level].latency
    )
  }
}

export function resolveRespawn(
  context: ResolveContext,
  policy: Policy,
  defaults: NodeDefaults,
  node: FileSection<NodeConfig>,
  path: string
): RespawnPolicy {
  const { ledger, overrides, shared } = context
  const level = policy.level.value
  const own = node.section('respawn')
  const ofLevel = (value: number): Sourced<number> => ({ value, source: { kind: 'level', level } })
  const limit = ledger.choose(
    `${path}.respawn.limit`,
    count(0, 0),
    [own.get('limit'), shared.get('respawnLimit')],
    ofLevel(LEVELS[level].respawnLimit)
  )
  const minUptime: Sourced<number> =
    defaults.minUptime === undefined ? { value: limit.value * 1000, source: limit.source } : byDefault(defaults.minUptime)
  return {
    limit,
    windowMs: ledger.choose(`${path}.respawn.window`, period, [own.get('window')], byDefault(defaults.window)).value,
    minUptimeMs: ledger.choose(`${path}.respawn.minUptime`, duration, [own.get('minUptime')], minUptime).value,
    delayMs: ledger.choose(
      `${path}.respawn.delay`,
      duration,
      [own.get('delay'), shared.get('respawnDelay')],
      ofLevel(LEVELS[level].respawnDelay)
    ).value,
    maxDelayMs: ledger.choose(
      `${path}.respawn.maxDelay`,
      duration,
      [overrides['watchdog-max-delay'], own.get('maxDelay'), shared.get('maxDelay')],
      byDefault(MAX_DELAY_MS)
    ).value,
    jitter: ledger.choose(`${path}.respawn.jitter`, share, [own.get('jitter')], byDefault(defaults.jitter)).value,
    onExhausted: ledger.choose(
      `${path}.respawn.onExhausted`,
      choice('shutdown', 'fail'),
      [own.get('onExhausted')],
      byDefault<'shutdown' | 'fail'>('shutdown')
    ).value
  }
}

export function resolveStop(context: ResolveContext, defaults: NodeDefaults, node: FileSection<NodeConfig>, path: string): StopPolicy {
  const { ledger, overrides, shared } = context
  const own = node.section('stop')
  return {
    warnSignal: ledger.choose(`${path}.stop.warnSignal`, warnSignal, [own.get('warnSignal')], byDefault(defaults.warnSignal)).value,
    signal: ledger.choose(`${path}.stop.signal`, stopSignal, [own.get('signal')], byDefault<NodeJS.Signals>('SIGTERM')).value,
    graceMs: ledger.choose(
      `${path}.stop.grace`,
      duration,
      [overrides['watchdog-forced-shutdown-delay'], own.get('grace'), shared.get('forcedShutdownDelay')],
      byDefault(FORCED_SHUTDOWN_DELAY_MS)
    ).value,
    commandedGraceMs: ledger.choose(
      `${path}.stop.commandedGrace`,
      duration,
      [own.get('commandedGrace')],
      byDefault(defaults.commandedGrace)
    ).value
  }
}

/** No limit stop before this uptime, ms. */
export function resolveDelay({ ledger, overrides, shared }: ResolveContext, node: FileSection<NodeConfig>, path: string): number {
  const candidates = [overrides['watchdog-delay'], node.get('delay'), shared.get('delay')]
  return ledger.choose(`${path}.delay`, duration, candidates, byDefault(DELAY_MS)).value
}
