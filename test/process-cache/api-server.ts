import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ServedPod {
  readonly metadata: Readonly<Record<string, unknown>> & { readonly uid: string; readonly resourceVersion: string }
  readonly [field: string]: unknown
}

/** As much of the API of a cluster as lists and watches pods: with pages, bookmarks, what is too old, and connections that are cut. */
export class ApiServer {
  readonly asked: { readonly path: string; readonly query: URLSearchParams }[] = []
  readonly pods = new Map<string, ServedPod>()
  /** Answers of the next requests, instead of the right ones. */
  readonly refusals: number[] = []
  readonly #watchers = new Set<ServerResponse>()
  readonly #server = createServer((request, response) => this.#answer(request, response))
  #version = 100

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** For KUBECONFIG. */
  get configuration(): string {
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server: this.url, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'u', user: { token: 'secret-token' } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x'
    })
  }

  get watchers(): number {
    return this.#watchers.size
  }

  get lists(): number {
    return this.asked.filter(({ query }) => query.get('watch') === null && query.get('continue') === null).length
  }

  /** Adds or changes a pod, and tells the watchers. */
  put(name: string, containerId: string, more: Readonly<Record<string, unknown>> = {}): void {
    const uid = `uid-${name}`
    const pod: ServedPod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace: 'default', name, uid, resourceVersion: String(++this.#version), labels: { app: name }, ...more },
      spec: { nodeName: 'my-node', containers: [{ name: 'main', image: 'nginx:1' }] },
      status: {
        containerStatuses: [
          {
            name: 'main',
            containerID: `containerd://${containerId}`,
            image: 'nginx:1',
            imageID: 'sha256:1',
            ready: true,
            restartCount: 0,
            state: { running: { startedAt: '2026-01-01T00:00:00Z' } }
          }
        ]
      }
    }
    const type = this.pods.has(uid) ? 'MODIFIED' : 'ADDED'
    this.pods.set(uid, pod)
    this.#tell(type, pod)
  }

  remove(name: string): void {
    const pod = this.pods.get(`uid-${name}`)
    if (pod === undefined) return
    this.pods.delete(`uid-${name}`)
    this.#tell('DELETED', { ...pod, metadata: { ...pod.metadata, resourceVersion: String(++this.#version) } })
  }

  /** What was not told to anybody. */
  silently(change: () => void): void {
    const watchers = [...this.#watchers]
    this.#watchers.clear()
    change()
    for (const watcher of watchers) this.#watchers.add(watcher)
  }

  bookmark(): void {
    this.#tell('BOOKMARK', { kind: 'Pod', metadata: { resourceVersion: String(this.#version) } })
  }

  /** 410 Gone, as it comes in a watch that is under way. */
  expire(): void {
    for (const watcher of this.#watchers) {
      watcher.end(`${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', status: 'Failure', reason: 'Expired', code: 410 } })}\n`)
    }
    this.#watchers.clear()
  }

  /** The connections are gone, without a word. */
  cut(): void {
    for (const watcher of this.#watchers) watcher.destroy()
    this.#watchers.clear()
  }

  async close(): Promise<void> {
    this.cut()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #tell(type: string, object: object): void {
    for (const watcher of this.#watchers) watcher.write(`${JSON.stringify({ type, object })}\n`)
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url)
    this.asked.push({ path: pathname, query: searchParams })
    const refusal = this.refusals.shift()
    const status =
      refusal ?? (request.headers.authorization !== 'Bearer secret-token' ? 401 : pathname !== '/api/v1/pods' ? 404 : undefined)
    if (status !== undefined) json(response, status, { kind: 'Status', status: 'Failure', code: status })
    else if (searchParams.get('watch') === 'true') this.#watch(response)
    else this.#list(searchParams, response)
  }

  #watch(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' })
    response.flushHeaders()
    this.#watchers.add(response)
    response.on('close', () => this.#watchers.delete(response))
  }

  /** One pod a page, so that there are several. */
  #list(query: URLSearchParams, response: ServerResponse): void {
    const at = Number(query.get('continue') ?? 0)
    const pods = [...this.pods.values()]
    const next = at + 1 < pods.length ? { continue: String(at + 1) } : {}
    json(response, 200, {
      kind: 'PodList',
      apiVersion: 'v1',
      metadata: { resourceVersion: String(this.#version), ...next },
      items: pods.slice(at, at + 1)
    })
  }
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
