import type { Asker } from './authority.ts'
import type { WireMessage } from './protocol.ts'
import type { Registering } from './registering.ts'
import type { Teller } from './teller.ts'

/** Where messages of the wire protocol are answered for; it has no refusals, so they are only told. */
export interface Desk {
  handle(message: WireMessage, asker: Asker): void
}

export function createDesk({ register, unregister }: Registering, teller: Teller): Desk {
  return {
    handle(message, asker) {
      teller.message(message, asker)
      const { action, parent, child } = message
      if (action === undefined) return teller.refused(message, 'unknown', 'unknown-action', asker)
      if (action === 'ping') return
      const refused =
        action === 'register' ? register({ parent, child, expect: undefined, terms: undefined }, asker) : unregister(parent, child, asker)
      // a child that ended before its parent said so has left by itself
      if (refused === undefined || (action === 'unregister' && refused === 'not-registered')) return
      teller.refused(message, action, refused, asker)
    }
  }
}
