import type { LimitField, NodeSettings, Sourced } from '../settings.ts'

/** The limit in force. Bytes, percent, ms or a count. */
export const limitOf = (settings: Pick<NodeSettings, 'limits' | 'respawn'>, field: LimitField): Sourced<number> =>
  field === 'respawnLimit' ? settings.respawn.limit : settings.limits[field]

/** The settings with another value of one limit. */
export function withLimit(settings: NodeSettings, field: LimitField, limit: Sourced<number>): NodeSettings {
  if (field === 'respawnLimit') return { ...settings, respawn: { ...settings.respawn, limit } }
  return { ...settings, limits: { ...settings.limits, [field]: limit } }
}

/** What was edited by hand; it holds until the end of the run, across respawns and reloads. */
export interface NodeEdits {
  readonly limits: ReadonlyMap<LimitField, Sourced<number>>
  readonly observe: boolean | undefined
}

export const NO_EDITS: NodeEdits = { limits: new Map(), observe: undefined }

/** The settings in force: as configured, with what was edited by hand. */
export function withEdits(configured: NodeSettings, { limits, observe }: NodeEdits): NodeSettings {
  const limited = [...limits].reduce((settings, [field, limit]) => withLimit(settings, field, limit), configured)
  return observe === undefined ? limited : { ...limited, observe }
}

/** Those that still say something else than the configuration does. */
export function editsBeyond(configured: NodeSettings, { limits, observe }: NodeEdits): NodeEdits {
  const kept = [...limits].filter(([field, { value }]) => limitOf(configured, field).value !== value)
  return { limits: new Map(kept), observe: observe === configured.observe ? undefined : observe }
}

/** Why a value cannot be a limit, or undefined. */
export function invalidLimit(field: LimitField, value: number): string | undefined {
  if (!Number.isFinite(value) || value < 0) return `${field} must be a number of at least 0, not ${value}`
  if (field === 'cpu' && (value <= 0 || value > 100)) return `cpu must be above 0 and at most 100 percent of all CPUs, not ${value}`
  if (field === 'memory' && value < 1024 * 1024) return `memory must be at least 1 MB, not ${value} bytes`
  if (field === 'respawnLimit' && !Number.isInteger(value)) return `the respawn limit must be a whole number, not ${value}`
  return undefined
}
