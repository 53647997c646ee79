import { CHANGE_KEYWORD, type Change } from './field.ts'
import { jsonSchema } from './json-schema.ts'

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema
  readonly [CHANGE_KEYWORD]?: Change
}

/**
 * What a change at a dotted path of the configuration needs, as the schema marks it; of a whole section, what its strictest field
 * needs. undefined: there is no such setting. What holds for an extension holds for the worker: `worker.limits.memory`.
 */
export function createChangeOf(): (path: string) => Change | undefined {
  const root = jsonSchema() as Schema
  return (path) => {
    const found = descend(root, path.split('.'))
    return found && strictest(found)
  }
}

function descend(schema: Schema, steps: readonly string[]): Schema | undefined {
  const [step, ...rest] = steps
  if (step === undefined) return schema
  const { properties, additionalProperties: value, items } = schema
  const own = properties !== undefined && Object.hasOwn(properties, step) ? properties[step] : undefined
  if (own !== undefined) return descend(own, rest)
  if (items !== undefined) return /^\d+$/.test(step) ? descend(items, rest) : undefined
  return typeof value === 'object' ? descend(value, rest) : undefined
}

function strictest(schema: Schema): Change | undefined {
  const own = schema[CHANGE_KEYWORD]
  if (own !== undefined) return own
  const inner = [...Object.values(schema.properties ?? {}), schema.additionalProperties, schema.items]
  const changes = inner.flatMap((one) => (typeof one === 'object' ? (strictest(one) ?? []) : []))
  if (changes.length === 0) return undefined
  return changes.includes('spawn-time') ? 'spawn-time' : 'live'
}
