import { Text } from 'ink'
import { createContext, useContext } from 'react'
import { type Line, type Look, paint } from '../theme.ts'

/** What a painted line goes through Ink as (output/slugs.ts); as itself where nobody takes it out again. */
export const Cast = createContext<(line: string) => string>((line) => line)

export interface RowsProps {
  readonly look: Look
  readonly columns: number
  /** Exactly this many rows are drawn: the rest of them blank, lines beyond them left out. */
  readonly height: number
  readonly lines: readonly Line[]
  /** Index of the line in reverse. */
  readonly selected?: number
}

/** Lines as rows of the screen, all in one Text. */
export function Rows({ look, columns, height, lines, selected = -1 }: RowsProps) {
  const cast = useContext(Cast)
  if (height <= 0) return null
  const painted = Array.from({ length: height }, (_, index) => {
    const text = paint(look, lines[index] ?? [], columns, index === selected)
    return text === '' ? ' ' : cast(text)
  })
  return <Text wrap="truncate">{painted.join('\n')}</Text>
}
