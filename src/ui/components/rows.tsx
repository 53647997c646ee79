import { Text } from 'ink'
import { memo } from 'react'
import { type Line, type Look, paint } from '../theme.ts'

/** One line of the screen: one Text, drawn again only when its bytes changed. */
const Row = memo(function Row({ text }: { readonly text: string }) {
  return <Text wrap="truncate">{text === '' ? ' ' : text}</Text>
})

export interface RowsProps {
  readonly look: Look
  readonly columns: number
  /** Exactly this many rows are drawn: the rest of them blank, lines beyond them left out. */
  readonly height: number
  readonly lines: readonly Line[]
  /** Index of the line in reverse. */
  readonly selected?: number
}

/** Lines as rows of the screen. Rows are known by their place, so that scrolling changes texts, not the tree of components. */
export function Rows({ look, columns, height, lines, selected = -1 }: RowsProps) {
  const places = Array.from({ length: height }, (_, index) => index)
  return places.map((index) => <Row key={index} text={paint(look, lines[index] ?? [], columns, index === selected)} />)
}
