import { EXIT, orThrow } from '../client/control/failure.ts'
import { createRemoteSession } from '../client/remote-session.ts'
import { createSystemClock } from '../core/clock.ts'
import { escapeControls, safeJson } from '../core/output/escape.ts'
import type { Link } from '../session.ts'
import type { SupervisorState } from '../store.ts'
import { subcommand } from './subcommand.ts'
import { connectTo, keepAlive } from './supervisor.ts'
import { openOutput, outputWidth } from './text/output.ts'
import { needsAttention, statusLines } from './text/status.ts'

/** Between two pictures, ms. */
const PERIOD_MS = 1000
const HOME = '\x1b[H'
const REST_OF_LINE = '\x1b[K'
const REST_OF_SCREEN = '\x1b[J'

export const run = subcommand('status', async (given) => {
  if (given.words.length > 0) throw given.wrong(`${given.words[0]?.slice(0, 64)}: unexpected argument`)
  const clock = createSystemClock()
  const client = await connectTo(given, clock)
  const output = openOutput()
  if (!given.has('watch')) {
    const state = orThrow(await client.state())
    if (given.has('json')) output.json(state)
    else for (const line of statusLines(state, clock.wall(), outputWidth())) output.line(line)
    return needsAttention(state) ? EXIT.failed : EXIT.done
  }

  const session = createRemoteSession({ client, clock })
  orThrow(await session.first)
  const show = given.has('json')
    ? (state: SupervisorState) => output.line(safeJson(state))
    : (state: SupervisorState) => output.line(picture(statusLines(state, clock.wall(), outputWidth()), session.links()[0], clock.wall()))
  let shown: unknown
  const tick = (): void => {
    const now = [session.getState(), session.links()[0]] as const
    const isNew = !Array.isArray(shown) || shown[0] !== now[0] || shown[1] !== now[1]
    if (isNew) show(now[0])
    shown = now
    clock.after(PERIOD_MS, tick)
  }
  tick()
  const goOn = keepAlive()
  await output.closed
  goOn()
  session.close()
  return EXIT.done
})

/** On a terminal over the picture before; elsewhere below it. */
function picture(lines: readonly string[], link: Link, now: number): string {
  const { standing } = link
  const age = standing.kind === 'lost' ? Math.max(0, Math.round((now - Date.parse(standing.since)) / 1000)) : 0
  const lost = standing.kind === 'lost' ? [`connection lost ${age} s ago, shown as it was: ${escapeControls(standing.detail)}`] : []
  const all = [...lost, ...lines]
  if (!process.stdout.isTTY) return `${all.join('\n')}\n`
  return HOME + all.map((line) => line + REST_OF_LINE).join('\n') + REST_OF_SCREEN
}
