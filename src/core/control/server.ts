import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { errnoOf } from '../errors.ts'
import type { Clock } from '../ports.ts'
import { readBody } from './body.ts'
import { findRoute } from './find-route.ts'
import type { CountAnswer } from './outstanding.ts'
import { mayDo, type Peer } from './peer.ts'
import { type Refusal, RefusedError, refuse } from './refusal.ts'
import { json, type Reply, type Route } from './route.ts'
import { validate } from './validate.ts'

/** Open at once; what comes beyond is closed. Members of the group get half of them. */
const MOST_CONNECTIONS = 256
const SHARE_OF_MEMBERS = 0.5
/** From the first byte of a request to the end of its head, and of its body. */
const HEAD_MS = 10_000
const REQUEST_MS = 30_000
/** A connection without a request is closed. */
const IDLE_MS = 60_000
/** An answer that is no stream must be taken within this. */
const ANSWER_MS = 60_000
const MAX_HEAD_BYTES = 16 * 1024

export interface ApiServerOptions {
  readonly clock: Clock
  readonly identify: (socket: Socket) => Peer
  readonly groupMay: () => 'read' | 'all'
  readonly routes: readonly Route[]
  readonly countAnswer: CountAnswer
  /** An error of ours; the request was answered with 500. */
  readonly onBug: (error: unknown) => void
}

/** HTTP for the routes, not listening yet. */
export function createApiServer({ clock, identify, groupMay, routes, countAnswer, onBug }: ApiServerOptions): Server {
  const peers = new WeakMap<Duplex, Peer>()
  let members = 0

  const server = createServer({
    maxHeaderSize: MAX_HEAD_BYTES,
    headersTimeout: HEAD_MS,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: IDLE_MS,
    connectionsCheckingInterval: HEAD_MS / 2
  })
  server.maxConnections = MOST_CONNECTIONS

  const answer = async (request: IncomingMessage, response: ServerResponse, closed: AbortSignal): Promise<Reply | undefined> => {
    const peer = peers.get(request.socket)
    if (peer === undefined || mayDo(peer, groupMay()) === 'nothing') throw NOT_YOU
    const { route, path, query } = findRoute(routes, request.method ?? '', request.url ?? '')
    if (route.needs === 'all' && mayDo(peer, groupMay()) !== 'all') throw READ_ONLY
    const valid = validate(route.query, query, 'the parameters')
    const body = route.body === undefined ? undefined : validate(route.body, await readBody(request), 'the body')
    return await route.handle({ path, query: valid, body, peer, request, response, closed })
  }

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const closed = new AbortController()
    response.on('close', () => closed.abort())
    // whoever goes away in the middle of something is no news
    response.on('error', () => undefined)
    try {
      const reply = await answer(request, response, closed.signal)
      if (reply !== undefined) send(request, response, reply.status, reply.type, reply.body)
    } catch (error) {
      const refusal = refusalIn(error, request)
      if (refusal === undefined) return
      if (refusal.status === 500) onBug(error)
      send(request, response, refusal.status, 'application/json', errorBody(refusal))
    }
  }

  const send = (request: IncomingMessage, response: ServerResponse, status: number, type: string, body: Buffer): void => {
    if (response.headersSent || response.destroyed) {
      response.destroy()
      return
    }
    const taken = countAnswer(body.length)
    response.on('close', taken)
    // the rest of a body that nobody wants is not waited for
    const ends = status === 413 || !request.complete
    response.writeHead(status, {
      'content-type': type,
      'content-length': body.length,
      'cache-control': 'no-store',
      ...(ends ? { connection: 'close' } : {})
    })
    const cancel = clock.after(ANSWER_MS, () => response.destroy())
    response.on('close', cancel)
    response.end(body)
  }

  server.on('connection', (socket: Socket) => {
    const peer = identify(socket)
    if (peer.standing === 'member' && members >= MOST_CONNECTIONS * SHARE_OF_MEMBERS) {
      socket.destroy()
      return
    }
    peers.set(socket, peer)
    if (peer.standing !== 'member') return
    members += 1
    socket.once('close', () => {
      members -= 1
    })
  })
  server.on('request', (request, response) => void serve(request, response))
  server.on('clientError', answerBadRequest)
  return server
}

const NOT_YOU = refuse(
  403,
  'not-allowed',
  'this supervisor is not yours',
  'Ask as its owner, as root, or as a member of its control group.'
)
const READ_ONLY = refuse(403, 'read-only', 'you may look, but not act', 'Ask as the owner of the supervisor or as root.')

const errorBody = ({ code, message, next }: Refusal): Buffer => json({ error: { code, message, next } }).body

/** undefined: the connection broke, there is nobody to tell. */
function refusalIn(error: unknown, request: IncomingMessage): Refusal | undefined {
  if (error instanceof RefusedError) return error.refusal
  if (request.destroyed && errnoOf(error) !== undefined) return undefined
  return { status: 500, code: 'bug', message: 'an error of tsupervise itself; it is in the log' }
}

/** What is no HTTP, too long or too slow. */
function answerBadRequest(error: Error, socket: Duplex): void {
  if (!socket.writable || errnoOf(error) === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const [status, code, message] = BAD_REQUESTS.get(errnoOf(error) ?? '') ?? [
    '400 Bad Request',
    'invalid-request',
    'this is no HTTP request'
  ]
  const body = JSON.stringify({ error: { code, message } })
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`
  )
}

const BAD_REQUESTS: ReadonlyMap<string, readonly [string, string, string]> = new Map([
  ['HPE_HEADER_OVERFLOW', ['431 Request Header Fields Too Large', 'too-long', `the head is longer than ${MAX_HEAD_BYTES / 1024} KiB`]],
  ['ERR_HTTP_REQUEST_TIMEOUT', ['408 Request Timeout', 'too-slow', 'the request did not come in time']]
])
