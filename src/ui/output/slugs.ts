import sliceAnsi from 'slice-ansi'
import { widthOf } from '../format/width.ts'

/**
 * Painted lines on their way through Ink. Ink measures, takes apart and copies each character of a text in every frame; a painted line
 * needs none of that. So it goes through the layout as a single character, like a line of type that was cast in one piece, and stands
 * in its place afterwards.
 */
export interface Slugs {
  /** The character for a line, in the frame that is being made. */
  cast(line: string): string
  /** Ink's frame with the lines in the places of their characters. What is cast after it belongs to the next one. */
  set(frame: string): string
}

/** Unicode's private use area, in two halves: neighbouring frames share no character, so that Ink sees each line as changed. */
const FIRST = 0xe000
const HALF = 3200

export function createSlugs(): Slugs {
  const halves: [string[], string[]] = [[], []]
  let half: 0 | 1 = 0
  let isSet = false

  const lineOf = (character: string): string | undefined => {
    const index = character.charCodeAt(0) - FIRST
    return halves[index < HALF ? 0 : 1][index % HALF]
  }
  const beginFrame = (): void => {
    half = half === 0 ? 1 : 0
    halves[half] = []
    isSet = false
  }
  return {
    cast(line) {
      if (isSet) beginFrame()
      const lines = halves[half]
      // more lines than any terminal has: Ink takes them as they are
      if (lines.length === HALF) return line
      lines.push(line)
      return String.fromCharCode(FIRST + half * HALF + lines.length - 1)
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

const SLUG = /[\ue000-\uf8ff]/g

/** A line of the screen: what stands further right lies over what began further left. */
function setLine(line: string, lineOf: (character: string) => string | undefined): string {
  if (line.length === 1) return lineOf(line) ?? line
  let whole = ''
  for (const { 0: character, index } of line.matchAll(SLUG)) whole = overlaid(whole, index, lineOf(character) ?? character)
  return whole === '' ? line : whole
}

function overlaid(under: string, column: number, over: string): string {
  if (column === 0) return over
  const left = sliceAnsi(under, 0, column)
  return left + ' '.repeat(column - widthOf(left)) + over + sliceAnsi(under, column + widthOf(over))
}
