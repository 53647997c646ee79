import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { createSystemClock } from '../../src/core/clock.ts'
import type { Command, CommandResult } from '../../src/core/commands.ts'
import { failure, success } from '../../src/core/errors.ts'
import type { EventBody, EventSubject, SupervisorEvent } from '../../src/core/events.ts'
import { createOutputRings } from '../../src/core/output/rings.ts'
import type { Query } from '../../src/core/queries.ts'
import { createStore } from '../../src/store.ts'

/** What the stand-in does where a test wants something else than the contract. */
export interface Misbehaviour {
  api?: number
  /** Takes requests and never answers. */
  mute?: boolean
  /** Every answer, whatever was asked. */
  answer?: { readonly status: number; readonly text: string; readonly type?: string }
  readOnly?: boolean
}

/** A stream says at least this often that somebody is there. */
const COMMENT_MS = 5000

/** A server of the control API without a supervisor, written from its description: for what a real one never does. */
export async function startStandIn(path: string, misbehave: Misbehaviour = {}) {
  const clock = createSystemClock()
  const run = randomUUID()
  const store = createStore({ name: 'stand-in', host: 'web-01', version: '0.0.0', pid: process.pid, intervalMs: 3000 })
  const output = createOutputRings(clock)
  const sent: (Command | Query)[] = []
  const kept: SupervisorEvent[] = []
  const streams = new Set<ServerResponse>()
  const sockets = new Set<Socket>()
  const requests: string[] = []
  let refuse: CommandResult = success(undefined)
  let forget = 0

  const emit = (body: EventBody, subject: EventSubject = {}): SupervisorEvent => {
    const event: SupervisorEvent = {
      ...body,
      ...subject,
      seq: kept.length + 1,
      host: 'web-01',
      boot: 'boot',
      time: new Date().toISOString(),
      mono: clock.now()
    }
    kept.push(event)
    store.dispatch(event)
    for (const stream of streams) message(stream, 'event', event, `${run}:${event.seq}`)
    return event
  }

  const message = (stream: ServerResponse, type: string, data: unknown, id?: string): void => {
    stream.write(`${id === undefined ? '' : `id: ${id}\n`}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`)
  }
  const json = (response: ServerResponse, status: number, value: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  }

  const openEvents = (request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const [ofRun, seq] = String(request.headers['last-event-id'] ?? '').split(':')
    if (ofRun === run && Number(seq) >= forget) {
      for (const event of kept.slice(Number(seq))) message(response, 'event', event, `${run}:${event.seq}`)
      response.write(': resumed\n\n')
    } else message(response, 'snapshot', store.getState(), `${run}:${store.getState().lastSeq}`)
    streams.add(response)
    response.on('close', () => streams.delete(response))
  }

  const openLogs = (node: string, lines: number, response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    let told = 0
    const tell = (): void => {
      for (const line of output.window(node).lines.slice(told === 0 ? -lines : 0)) {
        if (line.seq > told) message(response, 'line', line)
        told = Math.max(told, line.seq)
      }
    }
    tell()
    response.on('close', output.subscribe(node, tell))
  }

  const post = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let text = ''
    for await (const chunk of request) text += chunk
    const body = JSON.parse(text)
    sent.push(body)
    if (request.url?.startsWith('/v1/queries')) {
      json(response, 200, body.type === 'orphans' ? { total: 0, pairs: [] } : [])
    } else if (refuse.ok) json(response, 202, {})
    else json(response, 409, { error: refuse.error })
  }

  const info = () => ({
    api: misbehave.api ?? 1,
    name: 'stand-in',
    version: '0.0.0',
    pid: process.pid,
    host: 'web-01',
    user: 'root',
    startedAt: new Date().toISOString(),
    readOnly: misbehave.readOnly ?? false
  })

  const getNode = (node: string, rest: string | undefined, lines: number, response: ServerResponse): void => {
    const state = store.getState().nodes
    if (!Object.hasOwn(state, node)) {
      json(response, 404, { error: { code: 'no-such-node', message: `there is no node ${node}` } })
    } else if (rest === '/logs') {
      const { lines: all, dropped } = output.window(node)
      json(response, 200, { lines: all.slice(-lines), dropped })
    } else if (rest === '/logs/stream') openLogs(node, lines, response)
    else json(response, 200, state[node])
  }

  const get = (request: IncomingMessage, response: ServerResponse, url: URL): unknown => {
    const [, node, rest] = /^\/v1\/nodes\/([^/]+)(\/.*)?$/.exec(url.pathname) ?? []
    if (node !== undefined) return getNode(decodeURIComponent(node), rest, Number(url.searchParams.get('lines') ?? 100), response)
    const since = Number(url.searchParams.get('since') ?? 0)
    switch (url.pathname) {
      case '/v1':
        return json(response, 200, info())
      case '/v1/state':
        return json(response, 200, store.getState())
      case '/v1/events':
        return json(response, 200, { events: kept.filter(({ seq }) => seq > since) })
      case '/v1/events/stream':
        return openEvents(request, response)
      default:
        return json(response, 404, { error: { code: 'not-found', message: `there is nothing at ${url.pathname}` } })
    }
  }

  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    if (misbehave.mute) return
    if (misbehave.answer !== undefined) {
      const { status, text, type = 'application/json' } = misbehave.answer
      response.writeHead(status, { 'content-type': type }).end(text)
      return
    }
    if (request.method === 'POST') void post(request, response)
    else get(request, response, new URL(request.url ?? '/', 'http://x'))
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
  })
  const heartbeat = setInterval(() => {
    for (const stream of streams) stream.write(':\n\n')
  }, COMMENT_MS)
  const listen = (): Promise<void> => new Promise((resolve) => server.listen({ path }, resolve))
  /** Everything that is open breaks off. */
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  await listen()

  return {
    path,
    store,
    output,
    sent,
    requests,
    emit,
    cut,
    listen,
    /** As a supervisor that is gone: nobody listens, its socket is removed. */
    async leave(): Promise<void> {
      const closed = new Promise((resolve) => server.close(resolve))
      cut()
      await closed
    },
    /** Streams that are open now. */
    streams: () => streams.size,
    /** Bytes as they are, on every stream. */
    write: (bytes: string) => {
      for (const stream of streams) stream.write(bytes)
    },
    refuse: (code: string, text: string) => {
      refuse = failure(code, text)
    },
    /** Nothing before this event is kept for who comes back. */
    forgetBefore: (seq: number) => {
      forget = seq
    },
    async close(): Promise<void> {
      clearInterval(heartbeat)
      if (server.listening) await this.leave()
    }
  }
}

export type StandIn = Awaited<ReturnType<typeof startStandIn>>
