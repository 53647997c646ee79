import type { ServerResponse } from 'node:http'
import { isTransient, type SupervisorEvent } from '../events.ts'
import type { Cancel } from '../ports.ts'
import type { CountAnswer } from './outstanding.ts'
import type { ControlPorts } from './ports.ts'
import { createRecentEvents } from './recent-events.ts'
import { openSse, type SseStream, sseMessage } from './sse.ts'

/** Between two writes to the streams; the first event after a pause goes out at once. */
const FLUSH_MS = 20
/** For so long after the last stream a reader can take up where it stopped. */
const KEEP_MS = 60_000

/** Where a reader stopped. */
export interface Place {
  readonly run: string
  readonly seq: number
}

/** `RUN:SEQ`; undefined: something else. */
export function readPlace(text: string): Place | undefined {
  const [, run, seq] = /^([A-Za-z0-9-]{1,64}):(\d{1,15})$/.exec(text) ?? []
  return run === undefined ? undefined : { run, seq: Number(seq) }
}

interface Reader {
  readonly stream: SseStream
  readonly transient: boolean
}

/** The event streams: each event is put into bytes once for all of them. */
export interface EventFeed {
  open(response: ServerResponse, options: { readonly since: Place | undefined; readonly transient: boolean }, onClose: () => void): void
  /** Sends what waits, and ends all streams. */
  close(): void
}

interface FeedPorts extends Pick<ControlPorts, 'clock' | 'runId' | 'views' | 'read'> {
  readonly stateJson: () => Buffer
  readonly countAnswer: CountAnswer
  readonly onStream: (stream: SseStream) => Cancel
}

export function createEventFeed({ clock, runId, views, read, stateJson, countAnswer, onStream }: FeedPorts): EventFeed {
  const readers = new Set<Reader>()
  const recent = createRecentEvents()
  let pending: SupervisorEvent[] = []
  let sentAt = Number.NEGATIVE_INFINITY
  let cancelFlush: Cancel | undefined
  let stopListening: Cancel | undefined
  let cancelKeep: Cancel = () => undefined
  const listen = (): void => {
    cancelKeep()
    if (stopListening !== undefined) return
    recent.restart(views.lastSeq())
    stopListening = read((event) => {
      if (event.type === 'output') return
      recent.push(event)
      if (readers.size === 0) return
      pending.push(event)
      cancelFlush ??= clock.after(Math.max(0, sentAt + FLUSH_MS - clock.now()), flush)
    })
  }

  const stopSoon = (): void => {
    cancelKeep = clock.after(KEEP_MS, () => {
      stopListening?.()
      stopListening = undefined
      recent.restart(0)
    })
  }

  const message = (event: SupervisorEvent): string => sseMessage('event', JSON.stringify(event), `${runId}:${event.seq}`)

  const flush = (): void => {
    cancelFlush?.()
    cancelFlush = undefined
    if (pending.length === 0) return
    const events = pending
    pending = []
    sentAt = clock.now()
    const all = createBatch(events, message)
    const lasting = createBatch(
      events.filter(({ type }) => !isTransient(type)),
      message
    )
    for (const { stream, transient } of readers) {
      const bytes = transient ? all() : lasting()
      if (bytes.length > 0) stream.send(bytes)
    }
  }

  /** undefined: not all of it is in memory. */
  const missed = (since: Place | undefined, transient: boolean): readonly SupervisorEvent[] | undefined => {
    if (since === undefined || since.run !== runId || since.seq > views.lastSeq()) return undefined
    const found = recent.since(since.seq)
    if (found !== undefined) return transient ? found : found.filter(({ type }) => !isTransient(type))
    const lasting = views.events()
    const [oldest] = lasting
    return transient || oldest === undefined || oldest.seq > since.seq ? undefined : lasting.filter(({ seq }) => seq > since.seq)
  }

  const snapshot = (): readonly Buffer[] => {
    const [before = '', after = ''] = sseMessage('snapshot', '\0', `${runId}:${views.lastSeq()}`).split('\0')
    return [Buffer.from(before), stateJson(), Buffer.from(after)]
  }

  return {
    open(response, { since, transient }, onClose) {
      listen()
      flush()
      const events = missed(since, transient)
      const beginning = events === undefined ? snapshot() : [Buffer.from(events.map(message).join('') || ':\n\n')]
      const taken = countAnswer(beginning.reduce((sum, { length }) => sum + length, 0))
      const release: Cancel[] = [taken]
      const stream = openSse({
        response,
        clock,
        onClose() {
          readers.delete(reader)
          for (const cancel of release) cancel()
          if (readers.size === 0) stopSoon()
          onClose()
        }
      })
      const reader: Reader = { stream, transient }
      release.push(onStream(stream))
      stream.onIdle(taken)
      stream.begin(beginning)
      if (stream.isIdle()) taken()
      readers.add(reader)
    },
    close() {
      flush()
      for (const { stream } of readers) stream.end()
      cancelKeep()
      stopListening?.()
      stopListening = undefined
    }
  }
}

/** The events in bytes, made when the first reader wants them. */
function createBatch(events: readonly SupervisorEvent[], message: (event: SupervisorEvent) => string): () => Buffer {
  let bytes: Buffer | undefined
  return () => {
    bytes ??= Buffer.from(events.map(message).join(''))
    return bytes
  }
}
