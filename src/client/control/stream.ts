import { request as openRequest } from 'node:http'
import { createParser, type EventSourceMessage } from 'eventsource-parser'
import type { Clock } from '../../core/ports.ts'
import { type ControlFailure, controlFailure } from './failure.ts'
import { ANSWER_MS, judge, MAX_ANSWER_BYTES, readText } from './request.ts'
import type { Transport } from './transport.ts'

/** The server sends at least a comment every 5 s: three of them missing means that nobody is there. */
export const SILENCE_MS = 15_000
const MAX_REFUSAL_BYTES = 64 * 1024

export interface StreamHandlers {
  /** The server has begun to answer. */
  onOpen?(): void
  onMessage(message: EventSourceMessage): void
  /** Once, unless `close` came first; the end of a stream is always for a reason. */
  onEnd(failure: ControlFailure): void
}

export interface Stream {
  close(): void
}

/** Server-sent events until either side ends it. */
export function openStream(
  transport: Transport,
  clock: Clock,
  request: { readonly path: string; readonly lastEventId?: string | undefined },
  handlers: StreamHandlers
): Stream {
  let ended = false
  let cancelSilence = clock.after(ANSWER_MS, () => end(silent(ANSWER_MS)))
  const silent = (ms: number): ControlFailure =>
    controlFailure('unreachable', 'no-answer', `${transport.label} has been silent for ${ms / 1000} s`).error
  const connection = openRequest({
    createConnection: () => transport.connect(),
    method: 'GET',
    path: request.path,
    headers: {
      host: 'tsupervise',
      accept: 'text/event-stream',
      ...(request.lastEventId === undefined ? {} : { 'last-event-id': request.lastEventId })
    }
  })
  const close = (): void => {
    ended = true
    cancelSilence()
    connection.destroy()
  }
  const end = (failure: ControlFailure): void => {
    if (ended) return
    close()
    handlers.onEnd(failure)
  }
  const heard = (): void => {
    cancelSilence()
    cancelSilence = clock.after(SILENCE_MS, () => end(silent(SILENCE_MS)))
  }
  const parser = createParser({
    maxBufferSize: MAX_ANSWER_BYTES,
    onEvent: (message) => {
      if (ended) return
      try {
        handlers.onMessage(message)
      } catch (error) {
        // data of another shape than promised; anything else is a bug of ours
        if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error
        end(broken(transport, `an event that cannot be understood: ${error.message}`))
      }
    },
    onError: (error) => {
      if (error.type === 'max-buffer-size-exceeded') end(broken(transport, `an event longer than ${MAX_ANSWER_BYTES} characters`))
    }
  })

  connection.on('error', (error) => end(transport.explain(error)))
  connection.on('response', (response) => {
    const status = response.statusCode ?? 0
    const isStream = response.headers['content-type']?.startsWith('text/event-stream') ?? false
    if (status !== 200 || !isStream) {
      readText(response, MAX_REFUSAL_BYTES).then(
        (text) => {
          const judged = judge(transport.label, status, text)
          end(judged.ok ? broken(transport, 'no event stream') : judged.error)
        },
        (error: Error) => end(transport.explain(error))
      )
      return
    }
    heard()
    handlers.onOpen?.()
    response.setEncoding('utf8')
    response.on('data', (text: string) => {
      if (ended) return
      heard()
      parser.feed(text)
    })
    response.on('error', (error) => end(transport.explain(error)))
    response.on('end', () => end(controlFailure('unreachable', 'stream-ended', `${transport.label} ended the stream`).error))
  })
  connection.end()
  return { close }
}

const broken = (transport: Transport, what: string): ControlFailure =>
  controlFailure('unreachable', 'bad-answer', `${transport.label} answered ${what}`).error
