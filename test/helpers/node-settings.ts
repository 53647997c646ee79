import { fileURLToPath } from 'node:url'
import type { NodeSettings } from '../../src/core/settings.ts'

const byDefault = <T>(value: T) => ({ value, source: { kind: 'default' } as const })

/** Path of a program in test/fixtures. */
export const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))

/** A node with ordinary settings; what a test is about is given. */
export function nodeSettings(given: Partial<NodeSettings> & Pick<NodeSettings, 'argv'>): NodeSettings {
  return {
    name: 'worker',
    kind: 'worker',
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
    credentials: { user: undefined, group: undefined, supplementaryGroups: undefined },
    umask: undefined,
    rlimits: {},
    stop: { warnSignal: 'auto', signal: 'SIGTERM', graceMs: 4000, commandedGraceMs: 10_000 },
    scope: 'tree',
    containment: 'auto',
    onSupervisorDeath: 'stop',
    watched: true,
    observe: false,
    limits: { memory: byDefault(209_715_200), memoryLatency: byDefault(0), cpu: byDefault(10), latency: byDefault(12_000) },
    respawn: {
      limit: byDefault(4),
      windowMs: 600_000,
      minUptimeMs: 4000,
      delayMs: 5000,
      maxDelayMs: 60_000,
      jitter: 0,
      onExhausted: 'shutdown'
    },
    restart: 'on-failure',
    successCodes: [0],
    delayMs: 0,
    enabled: true,
    after: [],
    readiness: { kind: 'none' },
    health: undefined,
    log: { ringLines: 100, file: undefined, maxFileBytes: 1_048_576, maxFiles: 3, echo: false },
    ...given
  }
}
