/** A stretch of a rule, with its escapes taken off. */
export interface Piece {
  readonly text: string
  /** Offset of each character of `text`, and of the end, in the rule as it was written. */
  readonly at: readonly number[]
  /** Indexes into `text` of the characters that stood behind a backslash. */
  readonly plain: ReadonlySet<number>
}

/** A backslash before one of these makes it plain; before anything else it stands for itself. */
const SPECIAL = '\\,:='

/** Takes the escapes off. */
export function readEscapes(source: string): Piece {
  let text = ''
  const at: number[] = []
  const plain = new Set<number>()
  for (let i = 0; i < source.length; i++) {
    const next = source[i + 1]
    at.push(i)
    if (source[i] === '\\' && next !== undefined && SPECIAL.includes(next)) {
      plain.add(text.length)
      text += next
      i++
    } else text += source[i]
  }
  at.push(source.length)
  return { text, at, plain }
}

/** The same text so that `readEscapes` gives it back whole, whatever stands beside it. */
export const escapeWord = (text: string): string => text.replace(/[\\,:=]/g, '\\$&')

/** Escapes only what would be misread within a value, where `=` is plain and `:` is as long as no bounds seem to follow. */
export const escapeValue = (text: string): string => text.replace(/[\\,]/g, '\\$&').replace(/:(?=\d*-\d*$)/, '\\:')

export const slice = ({ text, at, plain }: Piece, from: number, to: number): Piece => ({
  text: text.slice(from, to),
  at: at.slice(from, to + 1),
  plain: new Set([...plain].flatMap((index) => (index >= from && index < to ? [index - from] : [])))
})

/** Where a character stands that is not plain; -1: nowhere. */
export function find(piece: Piece, character: string): number {
  for (let i = piece.text.indexOf(character); i !== -1; i = piece.text.indexOf(character, i + 1)) if (!piece.plain.has(i)) return i
  return -1
}

export function findLast(piece: Piece, character: string): number {
  for (let i = piece.text.lastIndexOf(character); i !== -1; i = i === 0 ? -1 : piece.text.lastIndexOf(character, i - 1)) {
    if (!piece.plain.has(i)) return i
  }
  return -1
}

/** The parts between the commas that are not plain. */
export function split(piece: Piece): readonly Piece[] {
  const parts: Piece[] = []
  let from = 0
  for (let i = 0; i <= piece.text.length; i++) {
    if (i < piece.text.length && (piece.text[i] !== ',' || piece.plain.has(i))) continue
    parts.push(slice(piece, from, i))
    from = i + 1
  }
  return parts
}

/** Column, from 1, of a character of the piece in the rule. */
export const columnOf = (piece: Piece, index = 0): number => (piece.at[index] ?? piece.at.at(-1) ?? 0) + 1
