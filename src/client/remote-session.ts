import type { Command } from '../core/commands.ts'
import { failure, success } from '../core/errors.ts'
import type { SupervisorEvent } from '../core/events.ts'
import type { Cancel, Clock } from '../core/ports.ts'
import type { Answer, Query } from '../core/queries.ts'
import type { Link, Session } from '../session.ts'
import { initialState, reduce, type SupervisorState } from '../store.ts'
import { pauseAfter } from './back-off.ts'
import type { CommandRequest, ControlClient, QueryRequest } from './control/control-client.ts'
import type { ControlFailure, ControlResult } from './control/failure.ts'
import type { Stream } from './control/stream.ts'
import { createRemoteLogs } from './remote-logs.ts'

/** A session over a control socket. */
export interface RemoteSession extends Session {
  links(): readonly [Link]
  /** Resolves once: the first snapshot is there, or why the first attempt gave none (it goes on trying). */
  readonly first: Promise<ControlResult<undefined>>
  /** Ends the stream and the attempts; the state stays as it was. */
  close(): void
}

export interface RemoteOptions {
  readonly client: ControlClient
  readonly clock: Clock
  /** undefined: the client's. */
  readonly label?: string | undefined
  readonly random?: () => number
}

/**
 * Follows one supervisor: a snapshot, then its events folded as the supervisor itself folds them. A connection that is
 * lost is tried again for ever and resumed where it stopped; meanwhile the state stays the last known one.
 */
export function createRemoteSession({ client, clock, label = client.label, random = Math.random }: RemoteOptions): RemoteSession {
  let state: SupervisorState = initialState({ name: label, host: label, version: '', pid: 0, intervalMs: 0 })
  let link: Link = { label, standing: { kind: 'connecting' } }
  let lastEventId: string | undefined
  let failures = 0
  let stream: Stream | undefined
  let cancelRetry: Cancel = () => undefined
  let closed = false
  const listeners = new Set<() => void>()
  const first = Promise.withResolvers<ControlResult<undefined>>()
  const logs = createRemoteLogs(client, clock)

  const tell = (): void => {
    for (const listener of [...listeners]) listener()
  }
  const stand = (standing: Link['standing']): void => {
    link = { label, standing }
    tell()
  }

  const connected = (): void => {
    failures = 0
    first.resolve(success(undefined))
    if (link.standing.kind !== 'connected') stand({ kind: 'connected' })
  }

  const lost = (error: ControlFailure): void => {
    stream = undefined
    // what could not be understood once is asked for whole
    if (error.code === 'bad-answer') lastEventId = undefined
    failures += 1
    const pause = pauseAfter(failures, random())
    const now = clock.wall()
    const since = link.standing.kind === 'lost' ? link.standing.since : new Date(now).toISOString()
    cancelRetry = clock.after(pause, open)
    first.resolve({ ok: false, error })
    stand({ kind: 'lost', since, detail: error.message, nextTryAt: new Date(now + pause).toISOString() })
  }

  const take = (type: string | undefined, data: string): void => {
    if (type === 'snapshot') {
      state = readSnapshot(data)
      connected()
      tell()
    } else if (type === 'event') {
      const event = JSON.parse(data) as SupervisorEvent
      if (event.seq <= state.lastSeq) return
      state = reduce(state, event)
      tell()
    }
  }

  function open(): void {
    if (closed) return
    stream = client.eventStream(
      { lastEventId, transient: true },
      {
        // with a place to resume from there may be no snapshot
        onOpen: () => {
          if (lastEventId !== undefined) connected()
        },
        onMessage({ event, id, data }) {
          take(event, data)
          if (id !== undefined) lastEventId = id
        },
        onEnd: lost
      }
    )
  }
  open()

  return {
    first: first.promise,
    getState: () => state,
    subscribe(listener) {
      const own = (): void => listener()
      listeners.add(own)
      return () => listeners.delete(own)
    },
    send: async (command) => asSeenHere(await client.send(withoutAsker(command))),
    ask: async <Q extends Query>(query: Q): Promise<Answer<Q>> =>
      asSeenHere(await client.ask<QueryRequest>(withoutAsker(query))) as Answer<Q>,
    logs: (node) => logs.window(node),
    subscribeLogs: (node, listener) => logs.subscribe(node, listener),
    links: () => [link],
    close() {
      closed = true
      cancelRetry()
      stream?.close()
      logs.close()
    }
  }
}

/** Who asks is for the server to say: it sees the uid of the connection. */
function withoutAsker<T extends Command | Query>(request: T): T extends Command ? CommandRequest : QueryRequest {
  const { by: _by, uid: _uid, ...rest } = request as { by?: string; uid?: number }
  return rest as T extends Command ? CommandRequest : QueryRequest
}

/** The interface knows codes and sentences; what to do next becomes part of the sentence. */
function asSeenHere<T>(result: ControlResult<T>): { ok: true; value: T } | ReturnType<typeof failure> {
  if (result.ok) return result
  const { code, message, next } = result.error
  return failure(code, next === undefined ? message : `${message}. ${next}`)
}

/** Throws SyntaxError or TypeError for what is no state; what is in its parts is the server's word. */
function readSnapshot(data: string): SupervisorState {
  const value = JSON.parse(data) as Partial<SupervisorState> | null
  const lists = [value?.order, value?.events, value?.receipts, value?.problems]
  if (!lists.every(Array.isArray) || typeof value?.run !== 'object' || typeof value.nodes !== 'object') throw new TypeError('no state')
  return value as SupervisorState
}
