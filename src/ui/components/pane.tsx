import { contentLines, type TextPane } from '../panes/content.ts'
import { logLines, logPosition, logTitle } from '../panes/logs.ts'
import { receiptRow } from '../panes/receipt.ts'
import type { Line } from '../theme.ts'
import { layoutOf, scrollTo } from '../view/layout.ts'
import { frameOfLogs } from '../view/press-logs.ts'
import { listedReceipts } from '../view/press-pane.ts'
import type { Pane } from '../view/state.ts'
import type { ScreenProps } from './props.ts'
import { Rows } from './rows.tsx'
import { ruleLine } from './rule.ts'

export type Above = Exclude<Pane, { readonly kind: 'tree' }>

export interface PaneContent {
  readonly title: string
  readonly right: string
  readonly lines: readonly Line[]
  readonly selected: number
}

/** A pane in place of tree and events. */
export function AbovePane({ pane, ...props }: ScreenProps & { readonly pane: Above }) {
  const { look, view } = props
  const layout = layoutOf(view.size, 0)
  const content = paneContent(pane, props, layout.pane)
  return (
    <>
      <Rows look={look} columns={layout.columns} height={1} lines={[ruleLine(look, layout.columns, content.title, content.right)]} />
      <Rows look={look} columns={layout.columns} height={layout.pane} lines={content.lines} selected={content.selected} />
    </>
  )
}

/** The `height` lines that a pane shows now. */
export function paneContent(pane: Above, props: ScreenProps, height: number): PaneContent {
  switch (pane.kind) {
    case 'logs':
      return logsOf(pane, props, height)
    case 'receipts':
      return receiptsOf(pane, props, height)
    default:
      return textOf(pane, props, height)
  }
}

function logsOf(pane: Extract<Above, { readonly kind: 'logs' }>, { view, shown, look }: ScreenProps, height: number): PaneContent {
  const context = { frame: { ...frameOfLogs(view, { look }), height }, look, now: shown.now }
  return {
    title: logTitle(pane),
    right: logPosition(pane, shown.logs, context),
    lines: logLines(pane, shown.logs, context),
    selected: -1
  }
}

const TITLES: { readonly [K in TextPane['kind']]: (pane: Extract<TextPane, { readonly kind: K }>) => string } = {
  detail: (pane) => `details of ${pane.node}`,
  receipt: () => 'receipt',
  pair: () => 'orphan',
  checks: () => 'checks',
  help: () => 'help',
  run: () => 'this run'
}

const titleOf = (pane: TextPane): string => (TITLES[pane.kind] as (pane: TextPane) => string)(pane)

function textOf(pane: TextPane, { view, shown, look, keymap }: ScreenProps, height: number): PaneContent {
  const lines = contentLines(pane, shown.state, { look, columns: view.size.columns, now: shown.now, keymap, facts: shown.facts })
  const furthest = Math.max(0, lines.length - height)
  const top = Math.min(pane.top, furthest)
  const right = furthest === 0 ? '' : `lines ${top + 1} to ${Math.min(lines.length, top + height)} of ${lines.length}`
  return { title: titleOf(pane), right, lines: lines.slice(top, top + height), selected: -1 }
}

function receiptsOf(pane: Extract<Above, { readonly kind: 'receipts' }>, { view, shown, look }: ScreenProps, height: number): PaneContent {
  const receipts = listedReceipts(pane, shown.state)
  const title = pane.node === undefined ? 'receipts' : `receipts of ${pane.node}`
  if (receipts.length === 0) {
    return { title, right: '', lines: [[['  No receipts: nothing was stopped yet.', 'dim']]], selected: -1 }
  }
  const at = Math.max(
    0,
    receipts.findIndex((receipt) => receipt.id === pane.selected)
  )
  const top = scrollTo(0, at, height, receipts.length)
  const context = { look, columns: view.size.columns, now: shown.now }
  const lines = receipts.slice(top, top + height).map((receipt, index) => receiptRow(receipt, top + index === at, context))
  return { title, right: `${at + 1} of ${receipts.length}`, lines, selected: at - top }
}
