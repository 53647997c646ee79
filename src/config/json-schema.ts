import * as z from 'zod/mini'
import { configSchema } from './schema.ts'

/** The JSON schema of the configuration file, for editors. */
export function jsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...rest } = z.toJSONSchema(configSchema, { io: 'input' })
  return { $schema, title: 'tsupervise', ...rest }
}

/** As it is kept in `schema/tsupervise.schema.json`. */
export const jsonSchemaText = (): string => `${JSON.stringify(jsonSchema(), null, 2)}\n`
