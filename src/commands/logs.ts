import { asUserError, EXIT, orThrow } from '../client/control/failure.ts'
import { escapeControls, safeJson } from '../core/output/escape.ts'
import type { LogLine } from '../core/output/log-line.ts'
import { subcommand } from './subcommand.ts'
import { connectTo } from './supervisor.ts'
import { openOutput } from './text/output.ts'

const LINES = 100
const MOST = 100_000

export const run = subcommand('logs', async (given) => {
  const [node, ...rest] = given.words
  if (node === undefined || rest.length > 0) throw given.wrong('expected one NODE')
  const lines = given.count('lines', LINES, 0, MOST)
  const client = await connectTo(given)
  const output = openOutput()
  // to a file or another program as it was written; a terminal gets nothing that it would act on
  const shown = process.stdout.isTTY ? escapeControls : (text: string) => text
  const print = given.has('json') ? (line: LogLine) => output.line(safeJson(line)) : (line: LogLine) => output.line(shown(line.text))

  if (!given.has('follow')) {
    for (const line of orThrow(await client.logs(node, lines)).lines) print(line)
    return EXIT.done
  }
  return await new Promise<number>((resolve, reject) => {
    const stream = client.logStream(node, lines, {
      onMessage({ event, data }) {
        if (event === 'line') print(JSON.parse(data) as LogLine)
        else if (event === 'dropped') console.error(`tsupervise: lines were lost here: ${escapeControls(data)}`)
      },
      onEnd: (failure) => reject(asUserError(failure))
    })
    void output.closed.then(() => {
      stream.close()
      resolve(EXIT.done)
    })
  })
})
