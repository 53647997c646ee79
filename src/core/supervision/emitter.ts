import type { Emit, SupervisorEvent } from '../events.ts'
import type { Clock } from '../ports.ts'

/** Gives each event its envelope; `deliver` hands it to the readers, in order. */
export function createEmitter(
  origin: { readonly host: string; readonly boot: string },
  clock: Clock,
  deliver: (event: SupervisorEvent) => void
): Emit {
  const queue: SupervisorEvent[] = []
  let seq = 0
  let delivering = false

  /** A reader that emits in turn is heard after the event that it was reading. */
  const drain = (): void => {
    if (delivering) return
    delivering = true
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) deliver(next)
    } finally {
      delivering = false
    }
  }

  return (body, subject = {}) => {
    seq += 1
    const mono = Math.round(clock.now() * 1000) / 1000
    queue.push({ ...body, ...subject, seq, host: origin.host, boot: origin.boot, time: new Date(clock.wall()).toISOString(), mono })
    drain()
  }
}
