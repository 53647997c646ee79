import { EXIT } from '../client/control/failure.ts'
import { OrphanClient, OrphanClientError } from '../client/orphan-client.ts'
import { createSystemClock } from '../core/clock.ts'
import { UserError } from '../core/errors.ts'
import { escapeControls } from '../core/output/escape.ts'
import { subcommand } from './subcommand.ts'

const MOST = 10_000_000

export const run = subcommand('ping', async (given) => {
  if (given.words.length > 0) throw given.wrong(`${given.words[0]?.slice(0, 64)}: unexpected argument`)
  const count = given.count('count', 1, 1, MOST)
  const address = given.text('orphan-socket') ?? process.env['ORPHAND_SOCKET'] ?? ''
  if (address === '') throw given.wrong('which reaper? give --orphan-socket PATH or set ORPHAND_SOCKET')
  const clock = createSystemClock()
  try {
    const client = await OrphanClient.connect(address)
    const spans: number[] = []
    for (let sent = 0; sent < count; sent++) {
      const began = clock.now()
      await client.ping()
      spans.push(clock.now() - began)
    }
    await client.close()
    console.log(`${count} of ${count} echoes from ${escapeControls(address)}: ${spansOf(spans)}`)
    return EXIT.done
  } catch (error) {
    if (!(error instanceof OrphanClientError)) throw error
    const next = 'Is an orphan reaper running there? See --orphan-socket.'
    throw new UserError(error.message, { next, exitCode: error.code === 'timeout' ? EXIT.late : EXIT.unreachable })
  }
})

/** `0.12 ms`; of several the least, the middle and the most. */
function spansOf(spans: readonly number[]): string {
  const sorted = [...spans].sort((a, b) => a - b)
  const at = (share: number): string => `${(sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(2)} ms`
  return sorted.length === 1 ? at(0) : `least ${at(0)}, median ${at(0.5)}, most ${at(1)}`
}
