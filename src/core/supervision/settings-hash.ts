import { createHash } from 'node:crypto'
import type { NodeSettings } from '../settings.ts'

/** Of what a running program cannot be told of any more: a difference needs a new incarnation. Variables that are merely inherited do not count. */
export function settingsHash(settings: NodeSettings, inherited: NodeJS.ProcessEnv = process.env): string {
  const { argv, cwd, env, credentials, umask, rlimits, log, onSupervisorDeath } = settings
  const own = Object.entries(env)
    .filter(([name, value]) => inherited[name] !== value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const parts = [argv, cwd, own, credentials, umask ?? null, rlimits, log.file ?? null, onSupervisorDeath]
  const text = JSON.stringify(parts, (_key, value: unknown) => (value === Number.POSITIVE_INFINITY ? 'unlimited' : value))
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}
