import type { Query } from '../queries.ts'
import { ok, SHAPES } from './answers.ts'
import { PARAMETERS } from './parameters.ts'
import { mayDo, type Peer } from './peer.ts'
import type { ControlPorts } from './ports.ts'
import { RefusedError, refusalOf, refuse } from './refusal.ts'
import { json, type Route, route } from './route.ts'

export interface LookOptions {
  readonly groupMay: () => 'read' | 'all'
  readonly stateJson: () => Buffer
}

const PAIRS = 500
const EVENTS = 1000

/** What only looks, and is answered at once. */
export function routesToLook(ports: ControlPorts, { groupMay, stateJson }: LookOptions): readonly Route[] {
  const { views, history, facts } = ports

  const nodeNamed = (name: string | undefined): unknown => {
    const node = views.node(name ?? '')
    if (node === undefined) throw refuse(404, 'no-such-node', `there is no node ${name}`, 'GET /v1/nodes lists them.')
    return node
  }
  const infoFor = (peer: Peer) => ({ api: 1, ...facts(), readOnly: mayDo(peer, groupMay()) !== 'all' })
  const answerTo = async (query: Query): Promise<unknown> => {
    const answer = await ports.ask(query)
    if (!answer.ok) throw new RefusedError(refusalOf(answer.error))
    return answer.value
  }

  return [
    route({
      ...{ method: 'GET', path: '/v1', needs: 'read', query: PARAMETERS.none, body: undefined },
      summary: 'Who answers, and what you may do.',
      answer: ok('The supervisor.', SHAPES.info),
      handle: ({ peer }) => json(infoFor(peer))
    }),
    route({
      ...{ method: 'GET', path: '/v1/state', needs: 'read', query: PARAMETERS.none, body: undefined },
      summary: 'Everything that a screen shows.',
      answer: ok('The state.', SHAPES.state),
      handle: () => ({ status: 200, type: 'application/json', body: stateJson() })
    }),
    route({
      ...{ method: 'GET', path: '/v1/nodes', needs: 'read', query: PARAMETERS.none, body: undefined },
      summary: 'All nodes, worker first.',
      answer: ok('The nodes.', SHAPES.nodes),
      handle: () => json({ nodes: views.nodes() })
    }),
    route({
      ...{ method: 'GET', path: '/v1/nodes/{name}', needs: 'read', query: PARAMETERS.none, body: undefined },
      summary: 'One node.',
      answer: ok('The node.', SHAPES.node),
      handle: ({ path }) => json(nodeNamed(path['name']))
    }),
    route({
      ...{ method: 'GET', path: '/v1/nodes/{name}/logs', needs: 'read', query: PARAMETERS.logs, body: undefined },
      summary: 'What a node wrote, as far as it is kept in memory.',
      answer: ok('Its newest lines.', SHAPES.logs),
      handle({ path: { name = '' }, query: { lines } }) {
        nodeNamed(name)
        const window = ports.logs(name)
        return json(lines === undefined ? window : { ...window, lines: lines === 0 ? [] : window.lines.slice(-lines) })
      }
    }),
    route({
      ...{ method: 'GET', path: '/v1/orphans', needs: 'read', query: PARAMETERS.orphans, body: undefined },
      summary: 'Registered pairs of parent and child.',
      answer: ok('The pairs, in the order of registration.', SHAPES.orphans),
      handle: async ({ query: { from = 0, most = PAIRS } }) => json(await answerTo({ type: 'orphans', from, most }))
    }),
    route({
      ...{ method: 'GET', path: '/v1/receipts', needs: 'read', query: PARAMETERS.receipts, body: undefined },
      summary: 'Why trees were stopped. From the event file where memory does not hold so many.',
      answer: ok('The receipts, newest last; those of earlier runs have a `run`.', SHAPES.receipts),
      async handle({ query: { last, runs = 'this' } }) {
        const known = views.receipts()
        const wanted = last ?? known.length
        if (runs === 'this' && wanted <= known.length) return json({ receipts: wanted === 0 ? [] : known.slice(-wanted) })
        const found = await history.receipts({ most: last ?? EVENTS, runs })
        if (!found.ok && runs === 'this') return json({ receipts: known })
        if (!found.ok) throw new RefusedError(refusalOf(found.error))
        return json({ receipts: found.value })
      }
    }),
    route({
      ...{ method: 'GET', path: '/v1/receipts/{id}', needs: 'read', query: PARAMETERS.none, body: undefined },
      summary: 'One receipt of this run.',
      answer: ok('The receipt.', SHAPES.receipt),
      async handle({ path }) {
        const id = Number(path['id'])
        const known = views.receipts().find((receipt) => receipt.id === id)
        if (known !== undefined) return json(known)
        const found = await history.receipts({ most: Number.MAX_SAFE_INTEGER, runs: 'this' })
        const old = found.ok ? found.value.find((receipt) => receipt.id === id) : undefined
        if (old === undefined) throw refuse(404, 'no-such-receipt', `there is no receipt ${id}`, 'GET /v1/receipts lists them.')
        return json(old)
      }
    }),
    route({
      ...{ method: 'GET', path: '/v1/configuration', needs: 'read', query: PARAMETERS.none, body: undefined },
      summary: 'Every effective setting, and where it came from.',
      answer: ok('The settings.', SHAPES.settings),
      handle: async () => json({ settings: await answerTo({ type: 'configuration' }) })
    }),
    route({
      ...{ method: 'GET', path: '/v1/events', needs: 'read', query: PARAMETERS.events, body: undefined },
      summary: 'What happened. From the event file where memory does not hold it.',
      answer: ok('The events, oldest first.', SHAPES.events),
      async handle({ query: { since = 0, node, most = EVENTS, runs = 'this' } }) {
        const known = views.events().filter((event) => event.seq > since && (node === undefined || event.node === node))
        const oldest = views.events()[0]
        const all = runs === 'this' && (oldest === undefined || oldest.seq <= since + 1 || known.length >= most)
        const found = all ? undefined : await history.events({ since, node, most, runs })
        const events = found?.ok === true ? found.value : known
        if (found?.ok === false && runs === 'all') throw new RefusedError(refusalOf(found.error))
        return json({ events: most === 0 ? [] : events.slice(-most) })
      }
    }),
    route({
      ...{ method: 'GET', path: '/healthz', needs: 'read', query: PARAMETERS.none, body: undefined },
      summary: 'Whether it supervises; 503 once its end has begun.',
      answer: ok('It does.', SHAPES.health),
      handle() {
        if (ports.isStopping()) throw refuse(503, 'shutting-down', 'the supervisor is shutting down')
        return json({ status: 'ok' })
      }
    }),
    route({
      ...{ method: 'GET', path: '/metrics', needs: 'read', query: PARAMETERS.none, body: undefined },
      summary: 'Metrics in the text format of Prometheus, or of OpenMetrics where it is accepted.',
      answer: { status: 200, type: 'text/plain', description: 'The metrics.', schema: { type: 'string' } },
      async handle({ request }) {
        const { type, text } = await ports.metrics(request.headers.accept ?? '')
        return { status: 200, type, body: Buffer.from(text) }
      }
    })
  ]
}
