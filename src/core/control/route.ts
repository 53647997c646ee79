import type { IncomingMessage, ServerResponse } from 'node:http'
import type * as z from 'zod/mini'
import type { Peer } from './peer.ts'

/** A whole answer. */
export interface Reply {
  readonly status: 200 | 202
  readonly type: string
  readonly body: Buffer
}

/** What a route is called with; the parts are valid in the sense of its schemas. */
export interface Call<Query, Body> {
  readonly path: Readonly<Record<string, string>>
  readonly query: Query
  readonly body: Body
  readonly peer: Peer
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Aborted when the connection closes. */
  readonly closed: AbortSignal
}

/** One thing that can be asked for; the server obeys it and the description is made of it. */
export interface Route<Query extends z.ZodMiniType = z.ZodMiniType, Body extends z.ZodMiniType = z.ZodMiniType> {
  readonly method: 'GET' | 'POST'
  /** With `{name}` for what varies. */
  readonly path: string
  /** read: everybody who may look; all: who may act. */
  readonly needs: 'read' | 'all'
  readonly summary: string
  readonly query: Query
  readonly body: Body | undefined
  /** What comes back: a word for the schema, or the type of a stream or text. */
  readonly answer: Answer
  readonly handle: (call: Call<z.output<Query>, z.output<Body>>) => Promise<Reply> | Reply | undefined
}

export interface Answer {
  readonly status: 200 | 202
  readonly type: 'application/json' | 'text/event-stream' | 'text/plain'
  readonly description: string
  /** JSON schema of it, as far as it is fixed. */
  readonly schema: Readonly<Record<string, unknown>>
}

/** Binds the types of one route together. */
export const route = <Query extends z.ZodMiniType, Body extends z.ZodMiniType = z.ZodMiniType>(it: Route<Query, Body>): Route =>
  it as unknown as Route

export const json = (value: unknown, status: Reply['status'] = 200): Reply => ({
  status,
  type: 'application/json',
  body: Buffer.from(JSON.stringify(value) ?? 'null')
})
