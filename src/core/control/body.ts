import type { IncomingMessage } from 'node:http'
import { refuse } from './refusal.ts'

export const MAX_BODY_BYTES = 64 * 1024

/** The JSON of a request's body. Refusals: 413 beyond MAX_BODY_BYTES, 400 for what is no JSON. */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > MAX_BODY_BYTES) throw tooLong()
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) throw tooLong()
    chunks.push(chunk)
  }
  const text = Buffer.concat(chunks).toString()
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw refuse(400, 'invalid-json', text === '' ? 'found no body, expected JSON' : `the body is no JSON: ${error.message.slice(0, 200)}`)
  }
}

const tooLong = () => refuse(413, 'too-long', `the body is longer than ${MAX_BODY_BYTES / 1024} KiB`)
