import * as z from 'zod/mini'
import { refuse } from './refusal.ts'

const MAX_SHOWN = 60

/** The value as the schema makes it; throws the refusal (400) that says what is wrong where. `what` begins the sentence. */
export function validate<Schema extends z.ZodMiniType>(schema: Schema, value: unknown, what: string): z.output<Schema> {
  const result = z.safeParse(schema, value)
  if (result.success) return result.data
  const faults = result.error.issues.slice(0, 10).map((issue) => explain(issue, value))
  throw refuse(400, 'invalid-request', `${what}: ${faults.join('; ')}`, 'GET /v1/openapi.json describes every request.')
}

function explain(issue: z.core.$ZodIssue, value: unknown): string {
  const at = issue.path.join('.')
  if (issue.code === 'unrecognized_keys')
    return `${at === '' ? '' : `${at}: `}unknown ${issue.keys
      .slice(0, 5)
      .map((key) => show(key))
      .join(', ')}`
  const found = show(valueAt(value, issue.path))
  return `${at === '' ? '' : `${at}: `}found ${found}, expected ${expectedBy(issue)}`
}

function expectedBy(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_union') {
    const options = (issue as { readonly options?: unknown }).options
    if (Array.isArray(options)) return `one of ${options.join(', ')}`
  }
  if (issue.message !== 'Invalid input') return issue.message
  return issue.code === 'invalid_type' ? `something of type ${issue.expected}` : 'another value'
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value
  for (const step of path) {
    if (typeof at !== 'object' || at === null) return undefined
    at = (at as Record<PropertyKey, unknown>)[step]
  }
  return at
}

function show(found: unknown): string {
  if (found === undefined || found === null) return 'nothing'
  const text = JSON.stringify(found)
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
}
