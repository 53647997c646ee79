import { type IncomingMessage, request } from 'node:http'
import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { waitUntil } from './wait-until.ts'

export interface Answered {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly text: string
  /** The text as JSON. */
  readonly json: Readonly<Record<string, unknown>>
}

/** One request on a connection of its own. */
export function ask(
  socketPath: string,
  path: string,
  { method = 'GET', body, headers }: { method?: string; body?: unknown; headers?: Record<string, string> } = {}
): Promise<Answered> {
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path, method, headers: { host: 'x', ...headers }, agent: false }, (response) => {
      let answer = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        answer += part
      })
      response.on('end', () => {
        const isJson = response.headers['content-type'] === 'application/json'
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: answer, json: isJson ? JSON.parse(answer) : {} })
      })
      response.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(text)
  })
}

export const command = (socketPath: string, body: object, query = ''): Promise<Answered> =>
  ask(socketPath, `/v1/commands${query}`, { method: 'POST', body })

/** Code of the refusal. */
export const refusal = ({ status, json }: Answered): string => `${status} ${(json['error'] as { code?: string } | undefined)?.code ?? ''}`

/** A reader of server-sent events; `pause` makes it a slow one. */
export class StreamReader {
  readonly messages: EventSourceMessage[] = []
  readonly comments: number[] = []
  bytes = 0
  status = 0
  ended = false
  /** Calls for each message as it comes. */
  onMessage: (message: EventSourceMessage) => void = () => undefined
  #response: IncomingMessage | undefined
  readonly #request

  constructor(socketPath: string, path: string, headers: Record<string, string> = {}) {
    const parser = createParser({
      onEvent: (message) => {
        this.messages.push(message)
        this.onMessage(message)
      },
      onComment: () => this.comments.push(performance.now())
    })
    this.#request = request({ socketPath, path, headers: { host: 'x', ...headers }, agent: false }, (response) => {
      this.#response = response
      this.status = response.statusCode ?? 0
      response.setEncoding('utf8').on('data', (text: string) => {
        this.bytes += text.length
        parser.feed(text)
      })
      response.on('close', () => {
        this.ended = true
      })
      response.on('error', () => undefined)
    })
    this.#request.on('error', () => {
      this.ended = true
    })
    this.#request.end()
  }

  of(event: string): EventSourceMessage[] {
    return this.messages.filter((message) => message.event === event)
  }

  /** Types of the events so far. */
  types(): string[] {
    return this.of('event').map(({ data }) => JSON.parse(data).type)
  }

  pause(): void {
    this.#response?.pause()
  }

  resume(): void {
    this.#response?.resume()
  }

  close(): void {
    this.#request.destroy()
  }

  async until<T>(condition: () => T, what: string, timeoutMs?: number): Promise<NonNullable<Exclude<T, false>>> {
    return waitUntil(condition, () => `${what}; ${this.messages.length} messages, status ${this.status}, ended ${this.ended}`, timeoutMs)
  }
}
