import { describeReceipt } from '../../core/stop/wording.ts'
import { safe } from '../format/safe.ts'
import { contentLines } from '../panes/content.ts'
import { linesOf } from './log-lines.ts'
import type { Row } from './row.ts'
import { selectedRow } from './selection.ts'
import { refuse, type Turn, tell, topPane, type ViewState } from './state.ts'
import { rowsOf, type World } from './world.ts'

/** Terminals take no more than about 100,000 bytes of base64. */
const MOST = 70_000
/** Paragraphs of a pane are wrapped here, however narrow the screen is. */
const LEAST_WIDTH = 160

/** The row, or what the pane shows, for the terminal's clipboard. */
export function copied(view: ViewState, world: World): Turn {
  const text = textOf(view, world)
  if (text === '') return [refuse(view, 'there is nothing to copy'), []]
  const cut = text.length > MOST ? text.slice(-MOST) : text
  return [
    tell(view, `copied${cut === text ? '' : `, the last ${MOST} characters`}: ${cut.split('\n')[0] ?? ''}`),
    [{ kind: 'copy', text: cut }]
  ]
}

function textOf(view: ViewState, world: World): string {
  const pane = topPane(view)
  switch (pane.kind) {
    case 'tree': {
      const rows = view.tags.size > 0 ? [...view.tags.values()] : [selectedRow(view, rowsOf(view, world))]
      return rows.flatMap((row) => (row === undefined ? [] : [rowText(row)])).join('\n')
    }
    case 'logs':
      return linesOf(pane, world.logs)
        .map(({ text }) => plain(text))
        .join('\n')
    case 'receipts':
      return world.shown.receipts
        .filter(({ node }) => pane.node === undefined || node === pane.node)
        .map((receipt) => plain(`${receipt.openedAt} ${describeReceipt(receipt)}`))
        .join('\n')
    default:
      return contentLines(pane, world.shown, {
        look: world.look,
        columns: Math.max(LEAST_WIDTH, view.size.columns),
        now: world.now,
        keymap: world.keymap,
        facts: world.facts
      })
        .map((line) => plain(line.map(([text]) => text).join('')).trimEnd())
        .join('\n')
  }
}

/** What a person pastes elsewhere: names and numbers, without what only the screen needs. */
export function rowText(row: Row): string {
  switch (row.kind) {
    case 'process':
      return plain(`${row.name} ${row.process.pid} ${row.process.command}`)
    case 'node':
      return plain(`${row.node.description.kind} ${row.name} ${row.node.description.argv.join(' ')}`)
    case 'orphan':
      return plain(`orphan ${row.pair.child.pid} ${row.pair.childCommand} of ${row.pair.parent.pid} ${row.pair.parentCommand}`)
    default:
      return plain(row.name)
  }
}

const plain = (text: string): string => safe(text, false)
