import { safe } from './format/safe.ts'
import { cut, fill, widthOf } from './format/width.ts'
import { type Glyphs, glyphsOf } from './theme/glyphs.ts'
import { parametersOf, type ThemeName, type Tone } from './theme/tones.ts'

export type { Glyphs, Sign } from './theme/glyphs.ts'
export type { ThemeName, Tone } from './theme/tones.ts'

/** A piece of a line, raw: it is made safe where it is painted. */
export type Segment = readonly [text: string, tone?: Tone]
export type Line = readonly Segment[]

/** How this terminal is drawn on. */
export interface Look {
  readonly color: boolean
  readonly ascii: boolean
  readonly theme: ThemeName
  readonly glyphs: Glyphs
}

export const createLook = ({
  color,
  ascii,
  theme = 'default'
}: {
  readonly color: boolean
  readonly ascii: boolean
  readonly theme?: ThemeName
}): Look => ({ color, ascii, theme, glyphs: glyphsOf(ascii) })

/**
 * What this terminal can show: NO_COLOR (no-color.org) and TERM=dumb mean no colours, a locale without UTF-8
 * (LC_ALL, LC_CTYPE, LANG, the first that is set) means ASCII. An option wins over the environment.
 */
export function lookOf(
  environment: Readonly<Record<string, string | undefined>>,
  options: { readonly color?: boolean | undefined; readonly ascii?: boolean | undefined; readonly theme?: ThemeName | undefined } = {}
): Look {
  const locale = environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG'] || ''
  return createLook({
    color: options.color ?? (!environment['NO_COLOR'] && environment['TERM'] !== 'dumb'),
    ascii: options.ascii ?? !/utf-?8/i.test(locale),
    theme: options.theme ?? 'default'
  })
}

/**
 * One line as bytes for the terminal: made safe, cut to `columns`, coloured. `selected` lines are filled to
 * `columns` and drawn in reverse, without their own colours.
 */
export function paint(look: Look, line: Line, columns: number, selected = false): string {
  let left = columns
  let painted = ''
  let run: Run = NO_RUN
  for (const [raw, tone = 'plain'] of line) {
    const text = cut(safe(raw, look.ascii), left, look.glyphs.ellipsis)
    left -= widthOf(text)
    const parameters = selected || !look.color ? '' : parametersOf(look.theme, tone)
    if (parameters === run.parameters || (parameters === '' && isBlank(text) && !SHOWS_ON_BLANKS.test(run.parameters))) {
      run = { parameters: run.parameters, text: run.text + text }
    } else {
      painted += drawn(run)
      run = { parameters, text }
    }
    if (left <= 0) break
  }
  painted += drawn(run)
  if (!selected) return painted
  const whole = painted + ' '.repeat(Math.max(0, left))
  return look.color ? drawn({ parameters: parametersOf(look.theme, 'selected'), text: whole }) : whole
}

/** Neighbours that look alike, as one piece: each sequence costs bytes, and time wherever the line is looked at. */
interface Run {
  readonly parameters: string
  readonly text: string
}

const NO_RUN: Run = { parameters: '', text: '' }
/** Underlined, reversed, on a ground of its own: anything else cannot be told from blanks without it. */
const SHOWS_ON_BLANKS = /(?:^|;)(?:4\d?|7|10\d)(?:;|$)/
const isBlank = (text: string): boolean => /^ *$/.test(text)

const drawn = ({ parameters, text }: Run): string => (parameters === '' || text === '' ? text : `\x1b[${parameters}m${text}\x1b[0m`)

/** A segment of exactly `columns`, made safe first, so that what is cut is what is shown. */
export const cell = (look: Look, text: string, columns: number, tone: Tone = 'plain', align: 'left' | 'right' = 'left'): Segment => [
  fill(safe(text, look.ascii), columns, align, look.glyphs.ellipsis),
  tone
]

/** Calm below 50% of a limit, warn from 75%, alarm from 90% (terminal: thresholds). */
export function toneOfShare(ratio: number): Tone {
  if (ratio >= 0.9) return 'alarm'
  if (ratio >= 0.75) return 'warn'
  return ratio >= 0.5 ? 'plain' : 'dim'
}
