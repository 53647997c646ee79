import * as z from 'zod/mini'
import type { ValueKind } from './values.ts'

/** Whether a change of the field needs a new incarnation of the node, or acts at once. */
export type Change = 'spawn-time' | 'live'

/** Keyword of the JSON schema that carries `Change`. */
export const CHANGE_KEYWORD = 'x-change'

/** A leaf of the configuration. What is wrong with it is told by `kind.expected`. */
export function leaf<T>(kind: ValueKind<T>, description: string, change: Change) {
  return z.pipe(
    z.unknown().register(z.globalRegistry, { ...kind.json, description, [CHANGE_KEYWORD]: change }),
    z.transform((found, context): T => {
      const value = kind.read(found)
      if (value !== undefined) return value
      context.issues.push({ code: 'custom', message: kind.expected, input: found })
      return z.NEVER
    })
  )
}

/** A leaf that may be left out. */
export const field = <T>(kind: ValueKind<T>, description: string, change: Change) => z.optional(leaf(kind, description, change))

/** A map with known keys and no others; `what` completes "expected ...". */
export function section<const Shape extends z.core.$ZodLooseShape>(shape: Shape, what: string, description: string) {
  return z
    .strictObject(shape, { error: (issue) => (issue.code === 'unrecognized_keys' ? Object.keys(shape).join(' ') : what) })
    .register(z.globalRegistry, { description })
}

/** A map whose keys are names. */
export function mapOf<Key extends string, Value extends z.ZodMiniType>(
  keyKind: ValueKind<Key>,
  value: Value,
  what: string,
  description: string
) {
  const key = z
    .string({ error: keyKind.expected })
    .check(z.refine((found) => keyKind.read(found) !== undefined, { error: keyKind.expected }))
  const { pattern } = keyKind.json
  if (pattern !== undefined) key.register(z.globalRegistry, { pattern })
  return z.record(key, value, { error: what }).register(z.globalRegistry, { description })
}

export function listOf<Item extends z.ZodMiniType>(item: Item, what: string, description: string, min: 0 | 1 = 0) {
  return z
    .array(item, { error: what })
    .check(z.maxLength(1000, { error: 'at most 1000 entries' }), z.minLength(min, { error: what }))
    .register(z.globalRegistry, { description })
}

/** Exactly one of these keys must be there. */
export function exactlyOne<T extends object>(keys: readonly (keyof T & string)[]) {
  return z.check<T>((payload) => {
    const given = keys.filter((key) => payload.value[key] !== undefined)
    if (given.length === 1) return
    payload.issues.push({ code: 'custom', message: `exactly one of ${keys.join(', ')}`, input: payload.value })
  })
}
