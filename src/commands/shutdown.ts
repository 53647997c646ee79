import type { ControlClient } from '../client/control/control-client.ts'
import { EXIT, orThrow } from '../client/control/failure.ts'
import { createSystemClock } from '../core/clock.ts'
import type { Clock } from '../core/ports.ts'
import { subcommand } from './subcommand.ts'
import { connectTo, keepAlive } from './supervisor.ts'
import { complain, WAIT_MS } from './verbs.ts'

/** Nobody listens at the socket any more. */
const GONE: ReadonlySet<string> = new Set(['ENOENT', 'ECONNREFUSED', 'ECONNRESET'])
/** Before another look at one that still answers, ms. */
const AGAIN_MS = 100

export const run = subcommand('shutdown', async (given) => {
  if (given.words.length > 0) throw given.wrong(`${given.words[0]?.slice(0, 64)}: unexpected argument`)
  const waitMs = given.duration('wait', WAIT_MS)
  const clock = createSystemClock()
  const client = await connectTo(given, clock)
  // followed before it is asked to end: its end cannot be missed
  const end = waitMs === undefined ? undefined : followEnd(client, clock, waitMs)
  orThrow(await client.send({ type: 'shutdown', force: given.has('force') }))
  if (end === undefined) {
    console.log(`${client.label} was asked to end`)
    return EXIT.done
  }
  const goOn = keepAlive()
  const ended = await end
  goOn()
  if (ended) {
    console.log(`${client.label} has ended`)
    return EXIT.done
  }
  const message = `still stopping after ${(waitMs ?? 0) / 1000} s`
  return complain(client.label, { kind: 'late', code: 'timeout', message, next: 'Look at `tsupervise status`; --force kills.' })
})

/** Whether nobody answers at its socket any more, before `waitMs` are over. The stream ends with the supervisor. */
async function followEnd(client: ControlClient, clock: Clock, waitMs: number): Promise<boolean> {
  const deadline = clock.now() + waitMs
  const streamEnded = (): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        cancel()
        resolve()
      }
      const stream = client.eventStream({ transient: false }, { onMessage: () => undefined, onEnd: done })
      const cancel = clock.after(Math.max(0, deadline - clock.now()), () => {
        stream.close()
        done()
      })
    })
  while (clock.now() < deadline) {
    await streamEnded()
    const there = await client.hello()
    if (!there.ok && GONE.has(there.error.code)) return true
    await new Promise<void>((resolve) => clock.after(AGAIN_MS, resolve))
  }
  return false
}
