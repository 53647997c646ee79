import { stream } from './answers.ts'
import { createEventFeed, readPlace } from './event-feed.ts'
import { followLogs } from './log-feed.ts'
import type { CountAnswer } from './outstanding.ts'
import { PARAMETERS } from './parameters.ts'
import type { TakePlace } from './places.ts'
import type { ControlPorts } from './ports.ts'
import { refuse } from './refusal.ts'
import { type Route, route } from './route.ts'
import type { SseStream } from './sse.ts'

/** Streams say at least this often that somebody is there. */
const COMMENT_MS = 5000
const LINES = 100

export interface StreamRoutes {
  readonly routes: readonly Route[]
  /** Ends every stream, after what waits for it. */
  close(): void
}

export interface StreamParts {
  readonly stateJson: () => Buffer
  readonly takePlace: TakePlace
  readonly countAnswer: CountAnswer
}

/** Server-sent events. */
export function routesToFollow(ports: ControlPorts, { stateJson, takePlace, countAnswer }: StreamParts): StreamRoutes {
  const { clock, views } = ports
  const streams = new Set<SseStream>()
  let cancelComments: (() => void) | undefined

  const commentAgain = (): void => {
    for (const one of streams) one.comment()
    cancelComments = streams.size === 0 ? undefined : clock.after(COMMENT_MS, commentAgain)
  }
  const onStream = (one: SseStream): (() => void) => {
    streams.add(one)
    cancelComments ??= clock.after(COMMENT_MS, commentAgain)
    return () => streams.delete(one)
  }
  const feed = createEventFeed({ ...ports, stateJson, countAnswer, onStream })

  return {
    routes: [
      route({
        ...{ method: 'GET', path: '/v1/events/stream', needs: 'read', query: PARAMETERS.eventStream, body: undefined },
        summary: 'A snapshot of the state, then every event; taken up again at Last-Event-ID where what was missed is in memory.',
        answer: stream('`snapshot`: the state; `event`: a SupervisorEvent, its id RUN:SEQ; `dropped`: read too slowly, the end.'),
        handle({ query: { since, transient }, request, response, peer }) {
          const from = since ?? request.headers['last-event-id']
          const place = typeof from === 'string' ? readPlace(from) : undefined
          const leave = takePlace(peer)
          try {
            feed.open(response, { since: place, transient: transient !== '0' }, leave)
          } catch (error) {
            leave()
            throw error
          }
          return undefined
        }
      }),
      route({
        ...{ method: 'GET', path: '/v1/nodes/{name}/logs/stream', needs: 'read', query: PARAMETERS.logs, body: undefined },
        summary: 'What a node writes, beginning with its newest lines.',
        answer: stream('`line`: a LogLine; `dropped`: {"lines": how many are missing here}.'),
        handle({ path: { name = '' }, query: { lines = LINES }, response, peer }) {
          if (views.node(name) === undefined) throw refuse(404, 'no-such-node', `there is no node ${name}`, 'GET /v1/nodes lists them.')
          followLogs(response, { node: name, lines }, { ...ports, onStream }, takePlace(peer))
          return undefined
        }
      })
    ],
    close() {
      feed.close()
      cancelComments?.()
      for (const one of streams) one.end()
    }
  }
}
