import type { Compat, NodeKind, RestartPolicy, SignalName, WatchdogLevel } from '../core/settings.ts'
import { LEVELS } from '../core/watcher/levels.ts'
import { FOR_EVER_MS } from './units.ts'

export { INTERVAL_MS, LEVELS, type LevelLimits } from '../core/watcher/levels.ts'

const MB = 2 ** 20

export const DELAY_MS = 60_000
export const MAX_DELAY_MS = 600_000
export const FORCED_SHUTDOWN_DELAY_MS = 4000

/** What a headless run, its interface and its history need with room to spare. */
const OWN_MEMORY = 512 * MB
/** The reference measures growth; this stands for the footprint of Node and the interface before any. */
const OWN_FOOTPRINT = 128 * MB

/** Resident size at which the supervisor gives up itself; under compat the level's memory limit, as in the reference. */
export const ownMemoryLimit = (compat: Compat, level: WatchdogLevel): number =>
  compat === 'osquery' ? LEVELS[level].memory + OWN_FOOTPRINT : OWN_MEMORY

/** What differs between ours and the reference; watchdog: "Ours by default". */
export interface NodeDefaults {
  readonly scope: 'tree' | 'process'
  readonly warnSignal: 'auto' | 'none' | SignalName
  /** On a commanded stop, ms. */
  readonly commandedGrace: number
  readonly window: number
  /** undefined: as many seconds as the respawn limit counts. */
  readonly minUptime: number | undefined
  readonly jitter: number
  readonly restart: RestartPolicy
  readonly watched: boolean
}

export function nodeDefaults(compat: Compat, kind: NodeKind): NodeDefaults {
  if (compat === 'osquery') {
    return {
      scope: 'process',
      warnSignal: kind === 'worker' ? 'SIGUSR1' : 'none',
      commandedGrace: 11_000,
      window: FOR_EVER_MS,
      minUptime: undefined,
      jitter: 0,
      restart: 'always',
      watched: kind === 'worker'
    }
  }
  return {
    scope: 'tree',
    warnSignal: kind === 'worker' ? 'auto' : 'none',
    commandedGrace: 10_000,
    window: 600_000,
    minUptime: 4000,
    jitter: 0.1,
    restart: kind === 'worker' ? 'on-failure' : 'always',
    watched: true
  }
}
