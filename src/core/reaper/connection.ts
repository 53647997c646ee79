import type { Socket } from 'node:net'
import type { Asker } from './authority.ts'
import { createDecoder, encodeMessage, type WireMessage } from './protocol.ts'
import type { Turns, Work } from './turns.ts'

export interface ConnectionOptions {
  readonly socket: Socket
  readonly asker: Asker
  readonly turns: Turns
  readonly handle: (message: WireMessage, asker: Asker) => void
  /** Everything handled so far is written down; before any echo. */
  readonly confirm: () => void
  /** More or fewer bytes of this connection wait in memory; false: too many, it is to be closed. */
  readonly account: (bytes: number) => boolean
  readonly onClose: (reason: 'ended' | 'too-much-waiting') => void
}

/** Handled in one go, before others get their turn. */
const MESSAGES_A_TURN = 64

/**
 * One client, for as long as it likes. Nothing is read while there is something to be handled or an echo that it does not take,
 * so it can hold two chunks of 64 KiB and one turn's echoes in memory, which are accounted for.
 */
export function serveConnection({ socket, asker, turns, handle, confirm, account, onClose }: ConnectionOptions): void {
  const decoder = createDecoder()
  let accounted = 0
  let reason: 'ended' | 'too-much-waiting' = 'ended'
  /** open; ended by the client with bytes still to be handled; closed. */
  let phase: 'open' | 'ended' | 'closed' = 'open'

  const recount = (): void => {
    const now = phase === 'closed' ? 0 : decoder.waiting + socket.readableLength + socket.writableLength
    const enough = account(now - accounted)
    accounted = now
    if (enough || phase === 'closed') return
    reason = 'too-much-waiting'
    socket.destroy()
  }

  const proceed = (): void => {
    if (phase === 'ended') socket.end()
    if (phase === 'open') socket.resume()
  }

  /** What was echoed is taken by the client, or waits for it. */
  const echo = (pings: readonly WireMessage[]): 'taken' | 'waits' => {
    if (pings.length === 0 || socket.destroyed) return 'taken'
    let waits = false
    socket.write(Buffer.concat(pings.map(encodeMessage)), () => {
      if (waits) turns.join(work)
    })
    waits = socket.writableLength > 0
    return waits ? 'waits' : 'taken'
  }

  const work: Work = {
    run() {
      if (phase === 'closed') return 'done'
      const pings: WireMessage[] = []
      let more = false
      for (let count = 0; ; count++) {
        more = count === MESSAGES_A_TURN
        const message = more ? undefined : decoder.next()
        if (message === undefined) break
        handle(message, asker)
        if (message.action === 'ping') pings.push(message)
      }
      confirm()
      const echoed = echo(pings)
      recount()
      if (echoed === 'waits') return 'done'
      if (more) return 'more'
      proceed()
      return 'done'
    }
  }

  socket.on('data', (chunk) => {
    decoder.feed(chunk)
    socket.pause()
    recount()
    turns.join(work)
  })
  socket.on('end', () => {
    phase = 'ended'
    turns.join(work)
  })
  // a client that goes away in the middle of something is no news
  socket.on('error', () => undefined)
  socket.on('close', () => {
    phase = 'closed'
    turns.leave(work)
    recount()
    onClose(reason)
  })
}
