import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'

/** Kept of the end of a command's output: room for its last line. */
const TAIL_BYTES = 1024

type Output = Readable | null

/** Reads a stream to its end and keeps its first `limit` bytes; gives them as text, never half a character. */
export function collectHead(stream: Output, limit: number): () => string {
  const chunks: Buffer[] = []
  let room = limit
  stream?.on('data', (chunk: Buffer) => {
    if (room === 0) return
    const kept = chunk.subarray(0, room)
    chunks.push(kept)
    room -= kept.length
  })
  return () => new StringDecoder('utf8').write(Buffer.concat(chunks))
}

/** Reads streams to their ends; gives the last line, of whichever wrote last, that is not blank. */
export function collectTail(streams: readonly Output[]): () => string {
  let tail = Buffer.alloc(0)
  for (const stream of streams) {
    stream?.on('data', (chunk: Buffer) => {
      tail = Buffer.concat([tail, chunk.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES)
    })
  }
  return () => tail.toString('utf8').trimEnd().split('\n').at(-1)?.trim() ?? ''
}
