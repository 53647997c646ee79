import type { ResourceLimit } from '../core/settings.ts'
import { bytesWithUnit } from './units.ts'
import type { ValueKind } from './values.ts'

/** Resources as prlimit(1) names them, and what a bare number means there. */
export const RESOURCES = {
  as: 'bytes',
  core: 'bytes',
  cpu: 'seconds',
  data: 'bytes',
  fsize: 'bytes',
  locks: 'count',
  memlock: 'bytes',
  msgqueue: 'bytes',
  nice: 'count',
  nofile: 'count',
  nproc: 'count',
  rss: 'bytes',
  rtprio: 'count',
  rttime: 'microseconds',
  sigpending: 'count',
  stack: 'bytes'
} as const

const one = (found: unknown): number | undefined => {
  if (found === 'unlimited') return Number.POSITIVE_INFINITY
  const value = typeof found === 'string' && /^\d{1,16}$/.test(found) ? Number(found) : found
  const plain = typeof value === 'number' ? value : bytesWithUnit(value)
  return plain !== undefined && Number.isSafeInteger(plain) && plain >= 0 ? plain : undefined
}

/** Soft and hard limit; a single value is both. A size may have a unit; a bare number is in the resource's own unit, as in prlimit(1). */
export const resourceLimit: ValueKind<ResourceLimit> = {
  expected: 'a number, a size such as 64MB, unlimited, or {soft: ..., hard: ...} with soft not above hard',
  read: (found) => {
    if (typeof found !== 'object' || found === null || Array.isArray(found)) {
      const both = one(found)
      return both === undefined ? undefined : { soft: both, hard: both }
    }
    const pair = found as { soft?: unknown; hard?: unknown }
    if (Object.keys(pair).some((key) => key !== 'soft' && key !== 'hard')) return undefined
    const soft = one(pair.soft)
    const hard = one(pair.hard)
    return soft === undefined || hard === undefined || soft > hard ? undefined : { soft, hard }
  },
  show: ({ soft, hard }) => (soft === hard ? showOne(soft) : `{soft: ${showOne(soft)}, hard: ${showOne(hard)}}`),
  json: {
    oneOf: [
      { type: ['integer', 'string'] },
      {
        type: 'object',
        required: ['soft', 'hard'],
        additionalProperties: false,
        properties: { soft: { type: ['integer', 'string'] }, hard: { type: ['integer', 'string'] } }
      }
    ]
  }
}

const showOne = (value: number): string => (Number.isFinite(value) ? String(value) : 'unlimited')
