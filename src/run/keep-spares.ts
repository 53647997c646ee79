import type { SupervisorEvent } from '../core/events.ts'
import type { Spawner } from '../core/ports.ts'

/** What is kept ready for the next start of a node goes when there is to be none. */
export function keepSpares(event: SupervisorEvent, spawner: Pick<Spawner, 'dropSpare' | 'closeSpares'>): void {
  switch (event.type) {
    case 'node-stopped':
    case 'node-failed':
    case 'node-removed':
      if (event.node !== undefined) spawner.dropSpare(event.node)
      return
    case 'shutdown-started':
      spawner.closeSpares()
      return
    default:
      return
  }
}
