import type { ControlPorts } from './ports.ts'

/** What many ask for at once is made once; longer it is not kept: it may be megabytes. */
const KEEP_MS = 1000

/** The state in JSON, made again only when it has changed. */
export function createStateJson({ clock, views }: Pick<ControlPorts, 'clock' | 'views'>): () => Buffer {
  let made: { readonly of: unknown; readonly bytes: Buffer } | undefined
  return () => {
    const state = views.state()
    if (made !== undefined && made.of === state) return made.bytes
    const now = { of: state, bytes: Buffer.from(JSON.stringify(state)) }
    made = now
    clock.after(KEEP_MS, () => {
      if (made === now) made = undefined
    })
    return now.bytes
  }
}
