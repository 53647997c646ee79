import { EXIT, orThrow } from '../client/control/failure.ts'
import { escapeControls } from '../core/output/escape.ts'
import type { ReloadDifference } from '../core/queries.ts'
import { subcommand } from './subcommand.ts'
import { connectTo } from './supervisor.ts'
import { openOutput } from './text/output.ts'

export const run = subcommand('reload', async (given) => {
  if (given.words.length > 0) throw given.wrong(`${given.words[0]?.slice(0, 64)}: unexpected argument`)
  const client = await connectTo(given)
  const difference = orThrow(await client.ask({ type: 'reload-difference' }))
  const output = openOutput()
  if (given.has('json')) output.json(difference)
  else for (const line of differenceLines(difference)) output.line(escapeControls(line))
  if (!given.has('dry-run')) orThrow(await client.send({ type: 'reload' }))
  return EXIT.done
})

const ACTIONS = { none: 'unchanged', live: 'changes at once', restart: 'restarts', start: 'starts', stop: 'stops' } as const

/** What a reload changes, a block for each node; what stays as it is although the file says otherwise comes last. Pure. */
export function differenceLines({ changes, kept, ignored }: ReloadDifference): string[] {
  const blocks = changes.flatMap(({ node, action, fields }) => [
    `${node ?? 'the run'}: ${ACTIONS[action]}`,
    ...fields.map(({ path, from, to }) => `  ${path}: ${from} -> ${to}`)
  ])
  const lines = [
    ...blocks,
    ...kept.map(({ node, path, value }) => `${node}: ${path} stays ${value}, as it was edited by hand`),
    ...ignored.map((path) => `${path}: only with a new start of tsupervise`)
  ]
  return lines.length === 0 ? ['nothing changes'] : lines
}
