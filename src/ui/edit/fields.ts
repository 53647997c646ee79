import type { Limits, RespawnPolicy } from '../../core/settings.ts'
import type { NodeState } from '../../store.ts'
import type { EditField } from '../view/state.ts'
import { parseAmount, parseSeconds, parseSize } from './parse.ts'

/** A limit that can be typed: how it is written, read and nudged. Values are in the units of the command (bytes, percent, ms, count). */
export interface LimitEditor {
  readonly label: string
  readonly expected: string
  read(text: string): number | undefined
  write(value: number): string
  /** One nudge up or down. */
  nudge(value: number, direction: 1 | -1, intervalMs: number): number
}

const MIB = 2 ** 20
const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value))

export const EDIT_FIELDS: readonly EditField[] = ['memory', 'cpu', 'latency', 'respawnLimit']

export const LIMIT_EDITORS: Readonly<Record<EditField, LimitEditor>> = {
  memory: {
    label: 'memory',
    expected: 'a size such as 200M or 1.5G (a bare number is MB)',
    read: (text) => parseSize(text),
    write: (bytes) => (bytes % 2 ** 30 === 0 ? `${bytes / 2 ** 30}G` : `${Number((bytes / MIB).toFixed(2))}M`),
    nudge: (bytes, direction) => clamp((Math.round(bytes / MIB) + direction * tenth(bytes / MIB)) * MIB, MIB, 2 ** 50)
  },
  cpu: {
    label: 'CPU',
    expected: 'a percentage of all CPUs above 0 and up to 100, such as 10%',
    read: (text) => within(parseAmount(text.replace(/%\s*$/, '')), Number.MIN_VALUE, 100),
    write: (percent) => `${percent}%`,
    nudge: (percent, direction) => clamp(Math.round(percent) + direction, 1, 100)
  },
  latency: {
    label: 'latency',
    expected: 'a duration such as 12s or 2m (a bare number is seconds), at most 24d',
    read: (text) => parseSeconds(text),
    write: (ms) => `${ms / 1000}s`,
    nudge: (ms, direction, intervalMs) => clamp(ms + direction * intervalMs, 0, 24 * 86_400_000)
  },
  respawnLimit: {
    label: 'respawns',
    expected: 'a whole number from 0 to 1000000',
    read: (text) => (/^\d+$/.test(text.trim()) ? within(Number(text), 0, 1_000_000) : undefined),
    write: String,
    nudge: (count, direction) => clamp(count + direction, 0, 1_000_000)
  }
}

/** Nudges go by a tenth, at least by one. */
const tenth = (value: number): number => Math.max(1, Math.round(value / 10))

const within = (value: number | undefined, least: number, most: number): number | undefined =>
  value !== undefined && value >= least && value <= most ? value : undefined

/** The value in force. */
export function limitValue(node: NodeState, field: EditField): number {
  const { limits, respawn }: { limits: Limits; respawn: RespawnPolicy } = node.description
  return field === 'respawnLimit' ? respawn.limit.value : limits[field].value
}
