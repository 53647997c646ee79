import { type IncomingMessage, request as openRequest } from 'node:http'
import { success } from '../../core/errors.ts'
import type { Clock } from '../../core/ports.ts'
import { type ControlResult, controlFailure } from './failure.ts'
import type { Transport } from './transport.ts'

/** A state of thousands of nodes with all their histories is far below this. */
export const MAX_ANSWER_BYTES = 256 * 1024 * 1024
/** How long an answer may take that waits for nothing. */
export const ANSWER_MS = 10_000

export interface ControlRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: unknown
  /** undefined: ANSWER_MS. */
  readonly timeoutMs?: number | undefined
}

/** One request on a connection of its own; the JSON of the answer, or why there is none. */
export function askFor(transport: Transport, clock: Clock, { method, path, body, timeoutMs = ANSWER_MS }: ControlRequest) {
  return new Promise<ControlResult<unknown>>((resolve) => {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const request = openRequest({
      createConnection: () => transport.connect(),
      method,
      path,
      headers: {
        host: 'tsupervise',
        accept: 'application/json',
        ...(text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
      }
    })
    const settle = (result: ControlResult<unknown>): void => {
      cancel()
      resolve(result)
      request.destroy()
    }
    const cancel = clock.after(timeoutMs, () =>
      settle(controlFailure('unreachable', 'no-answer', `${transport.label} has not answered within ${timeoutMs / 1000} s`))
    )
    request.on('error', (error) => settle({ ok: false, error: transport.explain(error) }))
    request.on('response', (response) => {
      readText(response, MAX_ANSWER_BYTES).then(
        (answer) => settle(judge(transport.label, response.statusCode ?? 0, answer)),
        (error: Error) => settle({ ok: false, error: transport.explain(error) })
      )
    })
    request.end(text)
  })
}

/** Reads to the end; rejects with what broke the connection, or when it is too much. */
export async function readText(response: IncomingMessage, most: number): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > most) throw new Error(`the answer is longer than ${most} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** What an answer means: its JSON, or the refusal in it. Pure. */
export function judge(label: string, status: number, text: string): ControlResult<unknown> {
  let value: unknown
  try {
    value = text === '' ? undefined : JSON.parse(text)
  } catch {
    return controlFailure('unreachable', 'bad-answer', `${label} answered something that is no JSON (status ${status})`)
  }
  if (status >= 200 && status < 300) return success(value)
  const { code, message, next } = errorOf(value)
  const kind = code === 'timeout' ? 'late' : 'refused'
  return controlFailure(kind, code ?? `http-${status}`, message ?? `${label} refused with status ${status}`, next)
}

type Told = { readonly [Key in 'code' | 'message' | 'next']?: string | undefined }

function errorOf(value: unknown): Told {
  if (typeof value !== 'object' || value === null || !('error' in value)) return {}
  const { error } = value
  if (typeof error !== 'object' || error === null) return {}
  const told = error as Readonly<Record<string, unknown>>
  const text = (key: string): string | undefined => (typeof told[key] === 'string' ? told[key] : undefined)
  return { code: text('code'), message: text('message'), next: text('next') }
}
