import { createServer, type Socket } from 'node:net'
import { type Result, success } from '../errors.ts'
import { type ListeningSocket, listenOn, type SocketOptions } from '../linux/unix-listener.ts'

/** A listening socket whose first clients are not lost: they may connect while the run is still being built. */
export interface EarlySocket extends Omit<ListeningSocket, 'server'> {
  /** Gives connections to `take`, first those that came before; returns what ends it. */
  accept(take: (socket: Socket) => void): () => void
}

/** Held at most; they wait in memory. */
const MOST_EARLY = 1024
/** A client that has said everything may still wait for an answer. */
const OPTIONS = { allowHalfOpen: true }

/** As `listenOn`. */
export async function listenEarly(options: Omit<SocketOptions, 'server'>): Promise<Result<EarlySocket>> {
  const server = createServer(OPTIONS)
  const early = new Set<Socket>()
  const hold = (socket: Socket): void => {
    if (early.size >= MOST_EARLY) {
      socket.destroy()
      return
    }
    early.add(socket)
    // a client that goes away again is no news
    socket.on('error', () => undefined)
    socket.once('close', () => early.delete(socket))
  }
  server.on('connection', hold)
  const listening = await listenOn({ ...options, server })
  if (!listening.ok) return listening
  const { mode, close } = listening.value
  return success({
    mode,
    close() {
      for (const socket of early) socket.destroy()
      return close()
    },
    accept(take) {
      server.off('connection', hold).on('connection', take)
      const waiting = [...early]
      early.clear()
      for (const socket of waiting) take(socket)
      return () => server.off('connection', take)
    }
  })
}
