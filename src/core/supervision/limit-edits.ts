import type { LimitField, NodeSettings, Sourced } from '../settings.ts'

/** The limit in force. Bytes, percent, ms or a count. */
export const limitOf = (settings: Pick<NodeSettings, 'limits' | 'respawn'>, field: LimitField): Sourced<number> =>
  field === 'respawnLimit' ? settings.respawn.limit : settings.limits[field]

/** The settings with one limit edited by hand; it holds until the end of the run, across respawns. */
export function withLimit(settings: NodeSettings, field: LimitField, value: number, at: string): NodeSettings {
  const edited: Sourced<number> = { value, source: { kind: 'hot-edit', at } }
  if (field === 'respawnLimit') return { ...settings, respawn: { ...settings.respawn, limit: edited } }
  return { ...settings, limits: { ...settings.limits, [field]: edited } }
}

/** Why a value cannot be a limit, or undefined. */
export function invalidLimit(field: LimitField, value: number): string | undefined {
  if (!Number.isFinite(value) || value < 0) return `${field} must be a number of at least 0, not ${value}`
  if (field === 'cpu' && (value <= 0 || value > 100)) return `cpu must be above 0 and at most 100 percent of all CPUs, not ${value}`
  if (field === 'memory' && value < 1024 * 1024) return `memory must be at least 1 MB, not ${value} bytes`
  if (field === 'respawnLimit' && !Number.isInteger(value)) return `the respawn limit must be a whole number, not ${value}`
  return undefined
}
