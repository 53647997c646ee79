import { Box } from 'ink'
import type { SupervisorState } from '../../store.ts'
import { boxLines } from '../dialogs/box.ts'
import { dialogContent } from '../dialogs/content.ts'
import { placeOfPane } from '../view/place.ts'
import type { Dialog } from '../view/state.ts'
import type { ScreenProps } from './props.ts'
import { Rows } from './rows.tsx'

/** What a dialog says; it follows the live state, so that it refuses as soon as its target went. */
export function contentOf(dialog: Dialog, live: SupervisorState, { view, shown, look, keymap }: ScreenProps) {
  const { columns, rows } = view.size
  const stopping = view.stopsAsked > 0 || live.run.shutdown !== undefined
  return dialogContent(dialog, live, { look, keymap, columns, rows: rows - 1, now: shown.now, stopping, below: placeOfPane(view) })
}

/** A dialog over the middle of the screen. */
export function DialogBox({ dialog, live, ...props }: ScreenProps & { readonly dialog: Dialog; readonly live: SupervisorState }) {
  const { view, look } = props
  const { columns, rows } = view.size
  const box = boxLines(contentOf(dialog, live, props), look, columns, rows - 1)
  const width = Math.min(box.width, columns)
  const lines = box.lines.slice(0, rows - 1)
  const middle = Math.max(0, Math.floor((columns - width) / 2))
  // column 1 belongs to the line below (output/slugs.ts)
  const left = middle === 1 ? 0 : middle
  const top = Math.max(0, Math.floor((rows - 1 - lines.length) / 2))
  return (
    <Box position="absolute" flexDirection="column" marginLeft={left} marginTop={top} width={width}>
      <Rows look={look} columns={width} height={lines.length} lines={lines} />
    </Box>
  )
}
