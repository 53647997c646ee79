import sliceAnsi from 'slice-ansi'
import { widthOf } from '../format/width.ts'

/**
 * Painted lines on their way through Ink. Ink measures, takes apart and copies each character of a text in every frame; a painted line
 * needs none of that. So it goes through the layout as two letters, like a line of type that was cast in one piece, and stands in its
 * place afterwards. Nothing else may be in the frame, and nothing may begin in the column after the one where a line begins.
 */
export interface Slugs {
  /** The letters for a line, in the frame that is being made. */
  cast(line: string): string
  /** Ink's frame with the lines in the places of their letters. What is cast after it belongs to the next one. */
  set(frame: string): string
}

/** The printable characters of ASCII but the blank, which Ink measures by looking. */
const FIRST = 0x21
const LETTERS = 94
/** Neighbouring frames share no letters, so that Ink sees each line as changed: no terminal has more lines than a half. */
const HALF = (LETTERS * LETTERS) / 2

export function createSlugs(): Slugs {
  const halves: [string[], string[]] = [[], []]
  let half: 0 | 1 = 0
  let isSet = false

  const beginFrame = (): void => {
    half = half === 0 ? 1 : 0
    halves[half] = []
    isSet = false
  }
  const lineOf = (letters: string): string => {
    const index = (letters.charCodeAt(0) - FIRST) * LETTERS + letters.charCodeAt(1) - FIRST
    return halves[index < HALF ? 0 : 1][index % HALF] ?? ''
  }
  return {
    cast(line) {
      if (isSet) beginFrame()
      const lines = halves[half]
      if (lines.length === HALF) return ''
      lines.push(line)
      const index = half * HALF + lines.length - 1
      return String.fromCharCode(FIRST + Math.floor(index / LETTERS), FIRST + (index % LETTERS))
    },
    set(frame) {
      isSet = true
      return frame
        .split('\n')
        .map((line) => setLine(line, lineOf))
        .join('\n')
    }
  }
}

const SLUG = /\S\S/g

/** A line of the screen: what stands further right lies over what began further left. */
function setLine(line: string, lineOf: (letters: string) => string): string {
  let whole = ''
  for (const { 0: letters, index } of line.matchAll(SLUG)) whole = overlaid(whole, index, lineOf(letters))
  return whole
}

function overlaid(under: string, column: number, over: string): string {
  if (column === 0) return over
  const end = column + widthOf(over)
  const left = sliceAnsi(under, 0, column)
  const right = sliceAnsi(under, end)
  // a wide character that is covered by half is left out, and its other half is a blank
  const half = Math.max(0, widthOf(under) - end - widthOf(right))
  return left + ' '.repeat(column - widthOf(left)) + over + ' '.repeat(half) + right
}
