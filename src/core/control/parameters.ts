import * as z from 'zod/mini'
import { MAX_WAIT_SECONDS } from './wait.ts'

const number = (min: number, max: number) => {
  const error = `a whole number from ${min} to ${max}`
  return z.coerce.number({ error }).check(z.int({ error }), z.gte(min, { error }), z.lte(max, { error }))
}

/** The same schema, with what it means for the description of the API. */
function described<Schema extends z.ZodMiniType>(schema: Schema, description: string): Schema {
  z.globalRegistry.add(schema, { description })
  return schema
}

const name = z.string().check(z.regex(/^[A-Za-z0-9._-]{1,64}$/, { error: 'the name of a node' }))
const seq = described(number(0, Number.MAX_SAFE_INTEGER), 'Number of an event.')
const runs = described(z.enum(['this', 'all'], { error: 'this or all' }), 'all: earlier runs too, as far as they were kept.')

/** What stands behind `?` of each route. */
export const PARAMETERS = {
  none: z.strictObject({}),
  logs: z.strictObject({ lines: z.optional(described(number(0, 1_000_000), 'The newest so many; default all that are kept.')) }),
  orphans: z.strictObject({
    from: z.optional(described(number(0, Number.MAX_SAFE_INTEGER), 'Index of the first pair, from 0.')),
    most: z.optional(described(number(0, 10_000), 'At most so many; default 500.'))
  }),
  receipts: z.strictObject({
    last: z.optional(described(number(0, 100_000), 'The newest so many; default all in memory.')),
    runs: z.optional(runs)
  }),
  events: z.strictObject({
    since: z.optional(described(seq, 'After the event of this number; default 0.')),
    node: z.optional(described(name, 'Of this node only.')),
    most: z.optional(described(number(0, 100_000), 'The newest so many; default 1000.')),
    runs: z.optional(runs)
  }),
  eventStream: z.strictObject({
    since: z.optional(
      described(
        z.string().check(z.regex(/^[A-Za-z0-9-]{1,64}:\d{1,15}$/, { error: 'RUN:SEQ, the id of an event' })),
        'Id of the last event that was read, as Last-Event-ID.'
      )
    ),
    transient: z.optional(described(z.enum(['0', '1'], { error: '0 or 1' }), '0: without what only refreshes a screen.'))
  }),
  wait: z.strictObject({
    wait: z.optional(
      described(
        z.coerce.number({ error: 'seconds' }).check(z.gte(0, { error: 'seconds' }), z.lte(MAX_WAIT_SECONDS, { error: 'at most a day' })),
        'Seconds to wait until what the command wants is so.'
      )
    )
  })
} as const

/** The parameters in the path. */
export const PATH_PARAMETERS = {
  name,
  id: number(1, Number.MAX_SAFE_INTEGER)
} as const
