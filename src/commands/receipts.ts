import { EXIT, orThrow } from '../client/control/failure.ts'
import { createSystemClock } from '../core/clock.ts'
import { escapeControls } from '../core/output/escape.ts'
import { describeReceipt } from '../core/stop/wording.ts'
import { initialState } from '../store.ts'
import { clockTime } from '../ui/format/time.ts'
import { receiptLines } from '../ui/panes/receipt.ts'
import { lookOf } from '../ui/theme.ts'
import { subcommand } from './subcommand.ts'
import { connectTo } from './supervisor.ts'
import { openOutput, outputWidth } from './text/output.ts'
import { tableLines } from './text/table.ts'

const LINES = 20
const MOST = 10_000
/** Of one receipt in a file or another program. */
const WIDTH = 120
const COLUMNS = [{ title: 'N', align: 'right' }, { title: 'TIME' }, { title: 'WHAT' }] as const

export const run = subcommand('receipts', async (given) => {
  const [word, ...rest] = given.words
  const id = word === undefined ? undefined : Number(word)
  if (rest.length > 0 || (id !== undefined && !(Number.isInteger(id) && id > 0)))
    throw given.wrong('expected the number of a receipt, or nothing')
  const last = given.count('lines', LINES, 1, MOST)
  const client = await connectTo(given)
  const output = openOutput()
  if (id === undefined) {
    const receipts = orThrow(await client.receipts(last))
    if (given.has('json')) output.json(receipts)
    else if (receipts.length === 0) output.line('no receipts: nothing was stopped')
    else {
      const rows = receipts.map((receipt) => [String(receipt.id), clockTime(receipt.openedAt), describeReceipt(receipt)])
      for (const line of tableLines(COLUMNS, rows, outputWidth())) output.line(line)
    }
    return EXIT.done
  }

  const receipt = orThrow(await client.receipt(id))
  if (given.has('json')) {
    output.json(receipt)
    return EXIT.done
  }
  const run = { name: '', host: '', version: '', pid: 0, intervalMs: 0 }
  const context = { look: lookOf(process.env, { color: false }), columns: Math.min(outputWidth(), WIDTH), now: createSystemClock().wall() }
  for (const line of receiptLines({ ...initialState(run), receipts: [receipt] }, id, context)) {
    const text = line.map(([part]) => part).join('')
    output.line(escapeControls(text.trimEnd()))
  }
  return EXIT.done
})
