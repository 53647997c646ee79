import type { ServerResponse } from 'node:http'
import type { Cancel, Clock } from '../ports.ts'

/** Waiting for one slow reader, beyond what the socket took, bytes; a snapshot is not counted. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024
/** A reader that was dropped has so long to read why, ms. */
const FAREWELL_MS = 60_000

const COMMENT = Buffer.from(':\n\n')

/** One stream of server-sent events: bounded, whatever its reader does. */
export interface SseStream {
  /** Whole messages. A reader that is too far behind is told so, and the stream ends. */
  send(messages: Buffer): void
  /** The first message, however long, in parts that are not copied. */
  begin(parts: readonly Buffer[]): void
  /** Whether everything sent so far was taken. */
  isIdle(): boolean
  /** Calls when a stream that was not idle has become so. */
  onIdle(listener: () => void): void
  /** Says that we are alive, where nothing else does. */
  comment(): void
  /** After what waits. */
  end(): void
}

export interface SseOptions {
  readonly response: ServerResponse
  readonly clock: Clock
  /** Once, when the stream is over for whatever reason. */
  readonly onClose: () => void
  readonly maxWaitingBytes?: number
}

/** `event: NAME`, `data: JSON`; the data must hold no newline, as JSON never does. */
export const sseMessage = (event: string, data: string, id?: string): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`

export function openSse({ response, clock, onClose, maxWaitingBytes = MAX_WAITING_BYTES }: SseOptions): SseStream {
  const idleListeners: (() => void)[] = []
  let queue: Buffer[] = []
  let waiting = 0
  let phase: 'open' | 'ending' | 'closed' = 'open'
  let blocked = false
  let cancelFarewell: Cancel = () => undefined

  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
  response.flushHeaders()

  const pump = (): void => {
    while (!blocked && phase !== 'closed') {
      const next = queue.shift()
      if (next === undefined) break
      waiting -= next.length
      blocked = !response.write(next)
    }
    if (phase === 'ending' && queue.length === 0) response.end()
  }

  const drop = (): void => {
    phase = 'ending'
    queue = [Buffer.from(sseMessage('dropped', JSON.stringify({ reason: 'too-slow', waitingBytes: waiting })))]
    waiting = 0
    cancelFarewell = clock.after(FAREWELL_MS, () => response.destroy())
    pump()
  }

  response.on('drain', () => {
    blocked = false
    pump()
    if (!blocked && queue.length === 0) for (const listener of idleListeners) listener()
  })
  const close = (): void => {
    if (phase === 'closed') return
    phase = 'closed'
    queue = []
    cancelFarewell()
    onClose()
  }
  response.on('close', close)
  // it went away before it was listened to
  if (response.destroyed) queueMicrotask(close)
  // a reader that goes away is no news
  response.on('error', () => undefined)

  return {
    begin(parts) {
      response.cork()
      for (const part of parts) blocked = !response.write(part)
      response.uncork()
    },
    send(messages) {
      if (phase !== 'open') return
      queue.push(messages)
      waiting += messages.length
      pump()
      if (waiting > maxWaitingBytes) drop()
    },
    isIdle: () => !blocked && queue.length === 0,
    onIdle: (listener) => void idleListeners.push(listener),
    comment() {
      if (phase === 'open' && !blocked && queue.length === 0) blocked = !response.write(COMMENT)
    },
    end() {
      if (phase !== 'open') return
      phase = 'ending'
      cancelFarewell = clock.after(FAREWELL_MS, () => response.destroy())
      pump()
    }
  }
}
