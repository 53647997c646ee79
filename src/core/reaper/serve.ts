import type { Socket } from 'node:net'
import type { DescriptorBudget } from '../linux/descriptors.ts'
import { descriptorOf } from '../linux/peer-credentials.ts'
import type { Clock } from '../ports.ts'
import type { IdentifyAsker } from './asker.ts'
import type { Asker } from './authority.ts'
import { serveConnection } from './connection.ts'
import type { EarlySocket } from './early.ts'
import type { WireMessage } from './protocol.ts'
import { createTurns } from './turns.ts'

export interface ServeOptions {
  readonly accept: EarlySocket['accept']
  readonly clock: Clock
  readonly budget: DescriptorBudget
  readonly identify: IdentifyAsker
  readonly handle: (message: WireMessage, asker: Asker) => void
  readonly confirm: () => void
  /** A connection was not taken, or closed by us. */
  readonly onTurnedAway: (asker: Asker, reason: 'connections' | 'memory') => void
}

/** reaper: bounds; a user other than root gets a quarter. */
const MOST_CONNECTIONS = 65_536
const MOST_WAITING_BYTES = 64 * 1024 * 1024
const SHARE_OF_USER = 0.25

interface Use {
  connections: number
  bytes: number
}

/** Takes connections and serves each of them within the bounds; returns what ends all of it. */
export function serve(options: ServeOptions): () => void {
  const { accept, clock, budget, identify, handle, confirm, onTurnedAway } = options
  const turns = createTurns(clock)
  const sockets = new Set<Socket>()
  const total: Use = { connections: 0, bytes: 0 }
  const users = new Map<number, Use>()

  const withinBounds = (uid: number, user: Use): boolean => {
    const share = uid === 0 ? 1 : SHARE_OF_USER
    if (total.connections > MOST_CONNECTIONS || user.connections > MOST_CONNECTIONS * share) return false
    return total.bytes <= MOST_WAITING_BYTES && user.bytes <= MOST_WAITING_BYTES * share
  }

  const count = (uid: number, use: Partial<Use>): boolean => {
    const user = users.get(uid) ?? { connections: 0, bytes: 0 }
    for (const one of [user, total]) {
      one.connections += use.connections ?? 0
      one.bytes += use.bytes ?? 0
    }
    if (user.connections === 0) users.delete(uid)
    else users.set(uid, user)
    return withinBounds(uid, user)
  }

  const take = (socket: Socket): void => {
    const asker = identify(descriptorOf(socket))
    if (!budget.take(1)) {
      onTurnedAway(asker, 'connections')
      socket.destroy()
      return
    }
    sockets.add(socket)
    const enough = count(asker.uid, { connections: 1 })
    serveConnection({
      socket,
      asker,
      turns,
      handle,
      confirm,
      account: (bytes) => count(asker.uid, { bytes }),
      onClose(reason) {
        sockets.delete(socket)
        budget.give(1)
        count(asker.uid, { connections: -1 })
        if (reason === 'too-much-waiting') onTurnedAway(asker, 'memory')
      }
    })
    if (enough) return
    onTurnedAway(asker, 'connections')
    socket.destroy()
  }

  const stopAccepting = accept(take)
  return () => {
    stopAccepting()
    for (const socket of sockets) socket.destroy()
  }
}
