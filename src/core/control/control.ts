import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { ok, SHAPES } from './answers.ts'
import { createOpenApi } from './openapi.ts'
import { createOutstanding } from './outstanding.ts'
import { PARAMETERS } from './parameters.ts'
import type { Peer } from './peer.ts'
import { createPlaces } from './places.ts'
import type { ControlPorts } from './ports.ts'
import { json, type Route, route } from './route.ts'
import { routesToAct } from './routes-act.ts'
import { routesToLook } from './routes-look.ts'
import { routesToFollow } from './routes-stream.ts'
import { createApiServer } from './server.ts'
import { createStateJson } from './state-json.ts'

export interface ControlOptions {
  readonly identify: (socket: Socket) => Peer
  readonly groupMay: () => 'read' | 'all'
  readonly onBug: (error: unknown) => void
}

/** The control API, version 1. */
export interface Control {
  /** Not listening yet. */
  readonly server: Server
  /** Ends the streams after what waits for them; nothing is taken any more. */
  close(): void
}

export function createControl(ports: ControlPorts, { identify, groupMay, onBug }: ControlOptions): Control {
  const takePlace = createPlaces()
  const countAnswer = createOutstanding()
  const stateJson = createStateJson(ports)
  const following = routesToFollow(ports, { stateJson, takePlace, countAnswer })
  const routes: readonly Route[] = [
    ...routesToLook(ports, { groupMay, stateJson }),
    ...following.routes,
    ...routesToAct(ports, takePlace),
    route({
      ...{ method: 'GET', path: '/v1/openapi.json', needs: 'read', query: PARAMETERS.none, body: undefined },
      summary: 'This description.',
      answer: ok('OpenAPI 3.1.', SHAPES.openapi),
      handle: () => json(createOpenApi(routes, ports.facts().version))
    })
  ]
  return { server: createApiServer({ clock: ports.clock, identify, groupMay, routes, countAnswer, onBug }), close: () => following.close() }
}
