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
  readonly ended: Promise<void>
}

/** 80 MB/s; a program that writes more waits a little, so that reading never takes all of the loop. */
const READ_RATE = { windowMs: 100, bytes: 8_388_608 }
const DRAIN_MS = 250
const LONGEST_TEXT = 4096

export function createStreamReader(socket: Socket, clock: Clock, sinks: readonly ((block: Buffer) => void)[]): StreamReader {
  const blocks = createLineBlocks()
  let window = { startedAt: clock.now(), bytes: 0 }
  let cancelResume: Cancel | undefined
  let started = false

  const give = (block: Buffer): void => {
    if (block.length > 0) for (const sink of sinks) sink(block)
  }

  const ended = new Promise<void>((resolve) => {
    // an error of a pipe that can only be read is its end; `close` follows
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      cancelResume?.()
      if (started) give(blocks.end())
      resolve()
    })
  })

  const slowDown = (bytes: number): void => {
    const now = clock.now()
    if (now - window.startedAt >= READ_RATE.windowMs) window = { startedAt: now, bytes: 0 }
    window.bytes += bytes
    if (window.bytes < READ_RATE.bytes) return
    socket.pause()
    cancelResume?.()
    cancelResume = clock.after(Math.max(1, window.startedAt + READ_RATE.windowMs - now), () => socket.resume())
  }

  const start = (): void => {
    if (started) return
    started = true
    socket.on('data', (chunk: Buffer) => {
      give(blocks.push(chunk))
      slowDown(chunk.length)
    })
  }

  return {
    start,
    ended,
    text() {
      let text = ''
      socket.on('data', (chunk: Buffer) => {
        if (text.length < LONGEST_TEXT) text += chunk.toString('utf8', 0, LONGEST_TEXT)
      })
      clock.after(DRAIN_MS, () => socket.destroy())
      return ended.then(() => text.slice(0, LONGEST_TEXT))
    },
    finish() {
      if (socket.destroyed) return
      start()
      clock.after(DRAIN_MS, () => socket.destroy())
    }
  }
}
