import { isNarrow } from '../format/width.ts'
import { applySgr, PLAIN, type Style } from './style.ts'

/** One line of the screen, a cell a column. */
export interface Cells {
  readonly text: readonly string[]
  readonly styles: readonly Style[]
}

const SGR = /\x1b\[([\d;]*)m/g

/**
 * A line of text and SGR sequences as cells. undefined: it holds characters whose width terminals disagree about,
 * so that nobody knows in which column the next one stands.
 */
export function cellsOf(line: string): Cells | undefined {
  const text: string[] = []
  const styles: Style[] = []
  let style = PLAIN
  let at = 0
  const add = (piece: string): void => {
    for (const character of piece) {
      text.push(character)
      styles.push(style)
    }
  }
  for (const match of line.matchAll(SGR)) {
    const piece = line.slice(at, match.index)
    if (!isNarrow(piece)) return undefined
    add(piece)
    style = applySgr(style, match[1] ?? '')
    at = match.index + match[0].length
  }
  const rest = line.slice(at)
  if (!isNarrow(rest)) return undefined
  add(rest)
  return { text, styles }
}
