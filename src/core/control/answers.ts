import type { Answer } from './route.ts'

/** Where the shape of an answer is not fixed here, its type in TypeScript is named: it is JSON of it. */
const shape = (title: string, more: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> => ({
  type: 'object',
  title,
  ...more
})

const listed = (name: string, title: string): Readonly<Record<string, unknown>> => ({
  type: 'object',
  required: [name],
  properties: { [name]: { type: 'array', items: shape(title) } }
})

export const ok = (description: string, schema: Answer['schema']): Answer => ({
  status: 200,
  type: 'application/json',
  description,
  schema
})

export const stream = (description: string): Answer => ({
  status: 200,
  type: 'text/event-stream',
  description,
  schema: { type: 'string' }
})

export const SHAPES = {
  info: {
    type: 'object',
    required: ['api', 'name', 'version', 'pid', 'host', 'user', 'startedAt', 'readOnly'],
    properties: {
      api: { const: 1 },
      name: { type: 'string' },
      version: { type: 'string' },
      pid: { type: 'integer' },
      host: { type: 'string' },
      user: { type: 'string', description: 'Whom the supervisor runs as.' },
      startedAt: { type: 'string', format: 'date-time' },
      readOnly: { type: 'boolean', description: 'Whether you may only look.' }
    }
  },
  health: { type: 'object', required: ['status'], properties: { status: { const: 'ok' } } },
  state: shape('SupervisorState'),
  nodes: listed('nodes', 'NodeState'),
  node: shape('NodeState'),
  logs: shape('LogWindow', { required: ['lines', 'dropped'] }),
  orphans: shape('OrphanList', { required: ['total', 'pairs'] }),
  receipts: listed('receipts', 'Receipt'),
  receipt: shape('Receipt'),
  settings: listed('settings', 'EffectiveSetting'),
  events: listed('events', 'SupervisorEvent'),
  taken: { type: 'object' },
  answer: { description: 'As the query says.' },
  openapi: shape('OpenAPI')
} as const

/** Of every refusal. */
export const ERROR_SHAPE = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: {
        code: { type: 'string', description: 'For programs.' },
        message: { type: 'string', description: 'What is wrong, for people.' },
        next: { type: 'string', description: 'What to do about it.' }
      }
    }
  }
} as const
