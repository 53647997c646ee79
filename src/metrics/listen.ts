import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { errnoOf, failure, type Result, success } from '../core/errors.ts'
import type { ListenAddress } from '../core/settings.ts'
import type { RenderedMetrics } from './render.ts'

/** Scrapers are few. */
const MOST_CONNECTIONS = 64
const REQUEST_MS = 10_000

export interface MetricsServer {
  /** As it turned out, where any free port was asked for. */
  readonly port: number
  close(): Promise<void>
}

export interface MetricsServerOptions {
  readonly render: (accept: string) => Promise<RenderedMetrics>
  readonly isStopping: () => boolean
  readonly onBug: (error: unknown) => void
}

/** `GET /metrics` and `GET /healthz` over TCP, to whoever can connect. Errors: those of bind(2). */
export function listenForMetrics({ host, port }: ListenAddress, options: MetricsServerOptions): Promise<Result<MetricsServer>> {
  const server = createServer(
    { headersTimeout: REQUEST_MS, requestTimeout: REQUEST_MS, connectionsCheckingInterval: REQUEST_MS / 2 },
    serve(options)
  )
  server.maxConnections = MOST_CONNECTIONS
  return new Promise((resolve) => {
    server.once('error', (error) => {
      const code = errnoOf(error) ?? 'unknown'
      resolve(failure(code, `metrics cannot be served on ${host}:${port}: ${code}`))
    })
    server.listen({ host, port }, () => {
      const { port: bound } = server.address() as AddressInfo
      const close = (): Promise<void> =>
        new Promise((closed) => {
          server.close(() => closed())
          server.closeAllConnections()
        })
      resolve(success({ port: bound, close }))
    })
  })
}

function serve({ render, isStopping, onBug }: MetricsServerOptions): RequestListener {
  return (request, response) => {
    const answer = (status: number, type: string, text: string): void => {
      response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(text)
    }
    const path = request.url?.split('?', 1)[0]
    if (path !== '/metrics' && path !== '/healthz') return answer(404, 'text/plain', 'there are /metrics and /healthz\n')
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, 'text/plain', 'GET only\n')
    if (path === '/healthz') return isStopping() ? answer(503, 'text/plain', 'shutting down\n') : answer(200, 'text/plain', 'ok\n')
    render(request.headers.accept ?? '').then(
      ({ type, text }) => answer(200, type, text),
      (error: unknown) => {
        onBug(error)
        answer(500, 'text/plain', 'an error of tsupervise itself; it is in the log\n')
      }
    )
  }
}
