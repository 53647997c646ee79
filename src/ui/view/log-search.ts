import type { LogLine } from '../../session.ts'

/** What is looked for; a fresh `lastIndex` for each use. */
interface Needle {
  readonly text: string
  readonly pattern: RegExp
  /** Lines that were looked at already. */
  readonly known: WeakMap<LogLine, boolean>
}

const SPECIAL = /[\\^$.*+?()[\]{}|/]/g

let last: Needle | undefined

/** The text itself, in any case unless there is an upper-case letter in it (smart case, as of less and vim); a blank finds a tab too. */
function needleOf(text: string): Needle {
  if (last?.text === text) return last
  const source = text.replace(SPECIAL, '\\$&').replaceAll(' ', '[ \\t]')
  last = { text, pattern: new RegExp(source, /\p{Lu}/u.test(text) ? 'gu' : 'giu'), known: new WeakMap() }
  return last
}

const found: { lines: readonly LogLine[]; needle?: Needle; matches: readonly number[] } = { lines: [], matches: [] }

/** Indices of the lines that hold the text, the oldest first. Kept: what is drawn and the next key need no second look at each line. */
export function matchesIn(lines: readonly LogLine[], text: string): readonly number[] {
  const needle = needleOf(text)
  if (found.lines === lines && found.needle === needle) return found.matches
  const matches: number[] = []
  for (const [index, line] of lines.entries()) if (holds(needle, line)) matches.push(index)
  Object.assign(found, { lines, needle, matches })
  return matches
}

function holds({ pattern, known }: Needle, line: LogLine): boolean {
  const told = known.get(line)
  if (told !== undefined) return told
  pattern.lastIndex = 0
  const does = pattern.test(line.text)
  known.set(line, does)
  return does
}

/** Where the text stands in another one, within `from` and `to`: beginnings and ends. */
export function* occurrences(haystack: string, text: string, from: number, to: number): Generator<readonly [number, number]> {
  const { pattern } = needleOf(text)
  pattern.lastIndex = Math.max(0, from - text.length + 1)
  for (let match = pattern.exec(haystack); match !== null && match.index < to; match = pattern.exec(haystack)) {
    const end = match.index + Math.max(1, match[0].length)
    const next = pattern.lastIndex
    if (end > from) yield [Math.max(from, match.index), Math.min(to, end)]
    pattern.lastIndex = next
  }
}

/** The first place of the text; undefined: what is shown of the line does not hold it. */
export function firstOccurrence(haystack: string, text: string): readonly [number, number] | undefined {
  const [first] = occurrences(haystack, text, 0, haystack.length)
  return first
}

/** The next match from a line that is none of them itself: above or below it, round the end; undefined without any. */
export function nextMatch(matches: readonly number[], from: number, direction: 'above' | 'below'): number | undefined {
  if (direction === 'above') return matches.findLast((index) => index < from) ?? matches.at(-1)
  return matches.find((index) => index > from) ?? matches[0]
}
