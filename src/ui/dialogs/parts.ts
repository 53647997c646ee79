import { safe } from '../format/safe.ts'
import { wrap } from '../format/width.ts'
import type { Line, Segment, Tone } from '../theme.ts'
import type { DialogContext } from './content.ts'

/** `Enter send   Esc cancel`. */
export const keys = (...pairs: readonly (readonly [string, string])[]): Line =>
  pairs.flatMap(([key, meaning]): Segment[] => [
    [key, 'accent'],
    [` ${meaning}   `, 'dim']
  ])

/** Columns of text in a dialog. */
export const roomOf = ({ columns }: Pick<DialogContext, 'columns'>): number => Math.max(8, Math.min(64, columns - 8))

/** Text as lines of one tone. */
export const said = (text: string, tone: Tone, context: DialogContext, most = 6): Line[] =>
  wrap(safe(text, context.look.ascii), roomOf(context), most).map((part): Line => [[part, tone]])

/** An entry of a menu; the chosen one is marked. */
export const entry = (chosen: boolean, text: string, note: string, { look }: DialogContext): Line => [
  [chosen ? `${look.glyphs.marker} ` : '  ', 'accent'],
  [text, chosen ? 'button' : 'plain'],
  [note === '' ? '' : ` ${note}`, 'dim']
]
