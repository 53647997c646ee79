import stringWidth from 'string-width'

/** ASCII, box drawing, blocks and the signs of the theme: one column each, without a look at Unicode's tables. */
const NARROW =
  /^[\x20-\x7e\u00b7\u00bb\u00d7\u2026\u203a\u2192\u21bb\u2500-\u259f\u25a0\u25a1\u25b2\u25b3\u25bc\u25be\u25b8\u25c6\u25cb\u25cc\u25ce\u25cf\u25d0\u2716]*$/

let segmenter: Intl.Segmenter | undefined
/** Characters as a reader counts them. Made when a text needs it: most screens have none that does, and it loads Unicode's tables. */
const graphemesOf = (text: string): Intl.Segments => {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' })
  return segmenter.segment(text)
}

/** Whether every character takes one column for certain. */
export const isNarrow = (text: string): boolean => NARROW.test(text)

/** Columns that a text takes on the screen; wide characters take two. */
export const widthOf = (text: string): number => (NARROW.test(text) ? text.length : stringWidth(text))

/** What a reader takes for one character, where it begins and how wide it is. */
interface Character {
  readonly index: number
  readonly width: number
}

/** Columns of a letter that is whole in itself and joins none before it (Latin, Greek, Cyrillic, kana, Han); 0: look it up. */
function plainWidth(code: number): 0 | 1 | 2 {
  if (code < 0x7f) return code < 0x20 ? 0 : 1
  if (code < 0x530) return (code >= 0xc0 && code < 0x250) || (code >= 0x391 && code < 0x482) || code >= 0x48a ? 1 : 0
  return (code >= 0x4e00 && code < 0xa000) || (code >= 0x3041 && code < 0x3097) || (code >= 0x30a1 && code < 0x30fb) ? 2 : 0
}

/** The characters of a text, however long: plain letters without Unicode's tables, which are looked into only for what lies between them. */
export function* charactersOf(text: string): Generator<Character> {
  const widthAt = (index: number): number => (index < text.length ? plainWidth(text.charCodeAt(index)) : 1)
  let at = 0
  while (at < text.length) {
    const width = widthAt(at)
    // what follows may be a mark on it
    if (width > 0 && widthAt(at + 1) > 0) {
      yield { index: at, width }
      at += 1
      continue
    }
    let end = at + 1
    while (end < text.length && !(widthAt(end) > 0 && widthAt(end + 1) > 0)) end += 1
    for (const { segment, index } of graphemesOf(text.slice(at, end))) yield { index: at + index, width: widthOf(segment) }
    at = end
  }
}

/** The longest beginning that fits into `columns`, ending in `ellipsis` when something was left out. */
export function cut(text: string, columns: number, ellipsis = ''): string {
  if (columns <= 0) return ''
  if (widthOf(text) <= columns) return text
  const room = columns - widthOf(ellipsis)
  if (room < 0) return ''
  return takeColumns(text, room) + ellipsis
}

/** The longest end that fits into `columns`, after `ellipsis` when something was left out: of what is typed the place of the cursor shows. */
export function cutStart(text: string, columns: number, ellipsis = ''): string {
  if (columns <= 0) return ''
  if (widthOf(text) <= columns) return text
  let room = columns - widthOf(ellipsis)
  let from = text.length
  for (const { index, width } of [...charactersOf(text)].toReversed()) {
    if (width > room) break
    room -= width
    from = index
  }
  return ellipsis + text.slice(from)
}

/** Cut, and filled with blanks to exactly `columns`. */
export function fill(text: string, columns: number, align: 'left' | 'right' = 'left', ellipsis = ''): string {
  const shown = cut(text, columns, ellipsis)
  const blanks = ' '.repeat(Math.max(0, columns - widthOf(shown)))
  return align === 'left' ? shown + blanks : blanks + shown
}

function takeColumns(text: string, columns: number): string {
  if (NARROW.test(text)) return text.slice(0, columns)
  let taken = ''
  let used = 0
  for (const { segment } of graphemesOf(text)) {
    const next = used + widthOf(segment)
    if (next > columns) break
    taken += segment
    used = next
  }
  return taken
}

/** The text in lines of at most `columns`, broken at blanks where there are any; at most `lines` of them. */
export function wrap(text: string, columns: number, lines = 100): string[] {
  if (columns <= 0) return []
  const wrapped: string[] = []
  let rest = text
  while (rest !== '' && wrapped.length < lines) {
    const whole = takeColumns(rest, columns)
    if (whole === '') break
    const blank = whole.lastIndexOf(' ')
    const breaksAt = whole.length < rest.length && rest[whole.length] !== ' ' && blank > columns / 3 ? blank : whole.length
    wrapped.push(rest.slice(0, breaksAt).trimEnd())
    rest = rest.slice(breaksAt).trimStart()
  }
  return wrapped
}
