import type { ControlClient } from '../client/control/control-client.ts'
import { asUserError, EXIT, orThrow } from '../client/control/failure.ts'
import { parseDuration } from '../config/units.ts'
import { createSystemClock } from '../core/clock.ts'
import { isTransient, type SupervisorEvent } from '../core/events.ts'
import { safeJson } from '../core/output/escape.ts'
import { textLine } from '../log/writer.ts'
import type { SupervisorState } from '../store.ts'
import { subcommand } from './subcommand.ts'
import { connectTo } from './supervisor.ts'
import { type Output, openOutput } from './text/output.ts'

const LINES = 100
const MOST = 100_000

type Since = { readonly kind: 'seq'; readonly seq: number } | { readonly kind: 'time'; readonly ms: number } | { readonly kind: 'newest' }

export const run = subcommand('events', async (given) => {
  if (given.words.length > 0) throw given.wrong(`${given.words[0]?.slice(0, 64)}: unexpected argument`)
  const since = readSince(given.text('since'))
  if (since === undefined) throw given.wrong(`--since: expected the number of an event, or a duration such as 10m`)
  const most = given.count('lines', since.kind === 'newest' ? LINES : MOST, 0, MOST)
  const node = given.text('node')
  const clock = createSystemClock()
  const client = await connectTo(given, clock)
  const output = openOutput()
  const oldest = since.kind === 'time' ? clock.wall() - since.ms : 0
  const wanted = (event: SupervisorEvent): boolean =>
    !isTransient(event.type) && Date.parse(event.time) >= oldest && (node === undefined || event.node === node)
  const print = (event: SupervisorEvent): void => output.line(given.has('json') ? safeJson(event) : textLine(event, false))

  const filter = { most: MOST, ...(since.kind === 'seq' ? { since: since.seq } : {}), ...(node === undefined ? {} : { node }) }
  const past = orThrow(await client.events(filter))
  for (const event of most === 0 ? [] : past.filter(wanted).slice(-most)) print(event)
  if (!given.has('follow')) return EXIT.done
  return await follow(client, output, past.at(-1)?.seq ?? 0, (event) => {
    if (wanted(event)) print(event)
  })
})

/** A bare number is that of an event; undefined: neither a number nor a duration. */
function readSince(found: string | undefined): Since | undefined {
  if (found === undefined) return { kind: 'newest' }
  if (/^\d+$/.test(found)) return { kind: 'seq', seq: Number(found) }
  const ms = parseDuration(found)
  return ms === undefined ? undefined : { kind: 'time', ms }
}

/** Tells every event after `seq` until the stream ends or nobody reads. */
function follow(client: ControlClient, output: Output, seq: number, tell: (event: SupervisorEvent) => void): Promise<number> {
  let last = seq
  const once = (event: SupervisorEvent): void => {
    if (event.seq <= last) return
    last = event.seq
    tell(event)
  }
  return new Promise((resolve, reject) => {
    const stream = client.eventStream(
      { transient: false },
      {
        onMessage({ event, data }) {
          if (event === 'snapshot') for (const known of (JSON.parse(data) as SupervisorState).events) once(known)
          else if (event === 'event') once(JSON.parse(data) as SupervisorEvent)
        },
        onEnd: (failure) => reject(asUserError(failure))
      }
    )
    void output.closed.then(() => {
      stream.close()
      resolve(EXIT.done)
    })
  })
}
