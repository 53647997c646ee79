import type { Socket } from 'node:net'
import type { Cancel, Clock } from '../ports.ts'
import { createLineBlocks } from './line-blocks.ts'

/** Reads one stream of a child, block by block, as fast as the rate allows. */
export interface StreamReader {
  /** Hands every block of whole lines to the sinks until the end of file. */
  start(): void
  /** Instead of `start`: the beginning of what is in the stream, as text, and then the end of it. */
  text(): Promise<string>
  /** Reads what is there, but no longer than `DRAIN_MS`, and closes: processes of nobody's tree may still hold the other end. */
  finish(): void
  /** The last block was handed over. */
  readonly ended: Promise<void>
}

/** 80 MB/s; a program that writes more waits a little, so that reading never takes all of the loop. */
const READ_RATE = { windowMs: 100, bytes: 8_388_608 }
const DRAIN_MS = 250
const LONGEST_TEXT = 4096

type Mode =
  /** Not started; Node itself begins to read the streams of a child that has ended. */
  { readonly kind: 'holding'; readonly chunks: Buffer[] } | { readonly kind: 'reading' } | { readonly kind: 'text'; text: Buffer }

export function createStreamReader(socket: Socket, clock: Clock, sinks: readonly ((block: Buffer) => void)[]): StreamReader {
  const blocks = createLineBlocks()
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  const { promise: closed, resolve: close } = Promise.withResolvers<void>()
  let window = { startedAt: clock.now(), bytes: 0 }
  let cancelResume: Cancel | undefined
  let mode: Mode = { kind: 'holding', chunks: [] }

  const give = (block: Buffer): void => {
    if (block.length > 0) for (const sink of sinks) sink(block)
  }

  const slowDown = (bytes: number): void => {
    const now = clock.now()
    if (now - window.startedAt >= READ_RATE.windowMs) window = { startedAt: now, bytes: 0 }
    window.bytes += bytes
    if (window.bytes < READ_RATE.bytes) return
    socket.pause()
    cancelResume?.()
    cancelResume = clock.after(Math.max(1, window.startedAt + READ_RATE.windowMs - now), () => socket.resume())
  }

  const read = (chunk: Buffer): void => {
    give(blocks.push(chunk))
    slowDown(chunk.length)
  }

  const start = (): void => {
    if (mode.kind !== 'holding') return
    const { chunks } = mode
    mode = { kind: 'reading' }
    for (const chunk of chunks) read(chunk)
    socket.resume()
    void closed.then(() => {
      give(blocks.end())
      end()
    })
  }

  socket.on('data', (chunk: Buffer) => {
    if (mode.kind === 'reading') return read(chunk)
    if (mode.kind === 'text') {
      if (mode.text.length < LONGEST_TEXT) mode.text = Buffer.concat([mode.text, chunk])
      return
    }
    mode.chunks.push(Buffer.from(chunk))
    socket.pause()
  })
  // an error of a pipe that can only be read is its end; `close` follows
  socket.on('error', () => socket.destroy())
  socket.on('close', () => {
    cancelResume?.()
    close()
  })

  return {
    start,
    ended,
    async text() {
      const read: Mode = { kind: 'text', text: Buffer.concat(mode.kind === 'holding' ? mode.chunks : []) }
      mode = read
      socket.resume()
      clock.after(DRAIN_MS, () => socket.destroy())
      await closed
      end()
      return read.text.toString('utf8', 0, LONGEST_TEXT)
    },
    finish() {
      start()
      if (!socket.destroyed) clock.after(DRAIN_MS, () => socket.destroy())
    }
  }
}
