import type { Limits, NodeSettings, RespawnPolicy, Sourced } from '../../src/core/settings.ts'

export const MB = 2 ** 20

export const byDefault = <T>(value: T): Sourced<T> => ({ value, source: { kind: 'default' } })

/** Those of the level `normal`. */
export const limits = (over: Partial<Limits> = {}): Limits => ({
  memory: byDefault(200 * MB),
  memoryLatency: byDefault(0),
  cpu: byDefault(10),
  latency: byDefault(12_000),
  ...over
})

export const respawnPolicy = (over: Partial<RespawnPolicy> = {}): RespawnPolicy => ({
  limit: byDefault(4),
  windowMs: 600_000,
  minUptimeMs: 4000,
  delayMs: 5000,
  maxDelayMs: 600_000,
  jitter: 0,
  onExhausted: 'shutdown',
  ...over
})

export const nodeSettings = (over: Partial<NodeSettings> = {}): NodeSettings => ({
  name: 'api',
  kind: 'worker',
  argv: ['/bin/api'],
  cwd: '/',
  env: {},
  credentials: { user: undefined, group: undefined, supplementaryGroups: undefined },
  umask: undefined,
  rlimits: {},
  stop: { warnSignal: 'none', signal: 'SIGTERM', graceMs: 4000, commandedGraceMs: 10_000 },
  scope: 'tree',
  containment: 'auto',
  onSupervisorDeath: 'stop',
  watched: true,
  observe: false,
  limits: limits(),
  respawn: respawnPolicy(),
  restart: 'on-failure',
  successCodes: [0],
  delayMs: 60_000,
  enabled: true,
  after: [],
  readiness: { kind: 'none' },
  health: undefined,
  log: { ringLines: 100, file: undefined, maxFileBytes: 1, maxFiles: 1, echo: false },
  ...over
})
