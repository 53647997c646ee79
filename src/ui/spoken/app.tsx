import { Box, Text } from 'ink'
import { useStore } from 'zustand'
import type { AppProps } from '../app.tsx'
import { contentOf } from '../components/dialog.tsx'
import { paneContent } from '../components/pane.tsx'
import type { ScreenProps } from '../components/props.ts'
import type { Frame } from '../frames.ts'
import { footerLine } from '../panes/footer.ts'
import { headerLine } from '../panes/header.ts'
import type { Line } from '../theme.ts'
import { layoutOf } from '../view/layout.ts'
import { placeOf } from '../view/place.ts'
import { selectedIndex } from '../view/selection.ts'
import { topPane } from '../view/state.ts'
import { rowsOf } from '../view/world.ts'
import { toldEvents } from '../words/events.ts'
import { rowSentence } from './row.ts'
import { SPOKEN_LOOK, spokenLines } from './text.ts'

/** Events that are read after the row. */
const EVENTS = 3

/** Figures that only move are not read out: what a person did is, and what happened. */
export const isNews = (last: Frame, next: Frame): boolean =>
  last.view !== next.view ||
  last.shown.state.events !== next.shown.state.events ||
  last.shown.state.run.shutdown !== next.shown.state.run.shutdown

/** The same interface in sentences, for screen readers: what is selected, what happened, which keys there are. */
export function Spoken({ frame, live, keymap, readOnly }: AppProps) {
  const { view, shown } = useStore(frame)
  const props: ScreenProps = { view, shown, look: SPOKEN_LOOK, keymap }
  const context = { look: SPOKEN_LOOK, columns: 500, now: shown.now, paused: view.paused, readOnly, links: shown.links }
  const header = headerLine({ ...shown.state, run: { ...shown.state.run, hostCpuHistory: [] } }, context)
  const footer = footerLine(placeOf(view), { look: SPOKEN_LOOK, keymap, columns: 200, notice: view.notice, prompt: view.prompt })
  const body = view.dialog === undefined ? paneText(props) : dialogText(contentOf(view.dialog, live(), props))
  return (
    <Box flexDirection="column">
      {[...spokenLines([header]), ...body, ...spokenLines([footer])].map((text, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is known by its place
        <Text key={index}>{text}</Text>
      ))}
    </Box>
  )
}

const dialogText = ({ title, lines }: { readonly title: string; readonly lines: readonly Line[] }): readonly string[] => [
  `Dialog: ${title}`,
  ...spokenLines(lines)
]

function paneText(props: ScreenProps): readonly string[] {
  const { view, shown } = props
  const pane = topPane(view)
  if (pane.kind === 'tree') return treeText(props)
  const { title, right, lines, selected } = paneContent(pane, props, layoutOf(view.size, 0).pane)
  const chosen = lines[selected]
  return [
    `${title}${right === '' ? '' : `, ${right}`}`,
    ...(chosen === undefined ? spokenLines(lines) : spokenLines([chosen])),
    ...(shown.state.run.shutdown === undefined ? [] : ['stopping everything'])
  ]
}

function treeText({ view, shown }: ScreenProps): readonly string[] {
  const rows = rowsOf(view, { shown: shown.state, ghosts: shown.ghosts, facts: shown.facts })
  const at = selectedIndex(view, rows)
  const row = rows[at]
  const selected =
    row === undefined
      ? 'Nothing is supervised.'
      : `${at + 1} of ${rows.length}: ${rowSentence(row, shown.now)}${view.tags.has(row.key) ? ', tagged' : ''}.`
  const events = toldEvents(shown.state.events).slice(-EVENTS)
  return [...spokenLines([[[selected]]]), ...spokenLines(events.map(({ event, told }) => [[`${event.node ?? ''} ${told.text}.`]]))]
}
