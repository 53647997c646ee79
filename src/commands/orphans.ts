import type { ControlClient } from '../client/control/control-client.ts'
import { EXIT, orThrow } from '../client/control/failure.ts'
import { showDuration } from '../config/units.ts'
import { createSystemClock } from '../core/clock.ts'
import type { OrphanPair } from '../core/queries.ts'
import { formatDuration } from '../ui/format/time.ts'
import { subcommand } from './subcommand.ts'
import { connectTo } from './supervisor.ts'
import { openOutput, outputWidth } from './text/output.ts'
import { type Column, tableLines } from './text/table.ts'

/** Pairs of one question. */
const PAGE = 500

const COLUMNS: readonly Column[] = [
  { title: 'CHILD', align: 'right' },
  { title: 'PARENT', align: 'right' },
  { title: 'STATE' },
  { title: 'SIGNAL' },
  { title: 'GRACE', align: 'right' },
  { title: 'SCOPE' },
  { title: 'UID', align: 'right' },
  { title: 'AGE', align: 'right' },
  { title: 'COMMANDS: CHILD < PARENT' }
]

export const run = subcommand('orphans', async (given) => {
  if (given.words.length > 0) throw given.wrong(`${given.words[0]?.slice(0, 64)}: unexpected argument`)
  const clock = createSystemClock()
  const client = await connectTo(given, clock)
  const pairs = await allPairs(client)
  const output = openOutput()
  if (given.has('json')) output.json(pairs)
  else if (pairs.length === 0) output.line('no pairs are registered')
  else {
    const rows = pairs.map((pair) => rowOf(pair, clock.wall()))
    for (const line of tableLines(COLUMNS, rows, outputWidth())) output.line(line)
  }
  return EXIT.done
})

async function allPairs(client: ControlClient): Promise<readonly OrphanPair[]> {
  const pairs: OrphanPair[] = []
  for (;;) {
    const { total, pairs: page } = orThrow(await client.orphans(pairs.length, PAGE))
    pairs.push(...page)
    if (page.length === 0 || pairs.length >= total) return pairs
  }
}

function rowOf(pair: OrphanPair, now: number): string[] {
  const { parent, child, standing, signal, graceMs, scope, uid, since, childCommand, parentCommand } = pair
  return [
    String(child.pid),
    String(parent.pid),
    standing.kind,
    signal.replace(/^SIG/, ''),
    showDuration(graceMs),
    scope,
    String(uid),
    formatDuration(now - Date.parse(since)),
    `${childCommand} < ${parentCommand}`
  ]
}
