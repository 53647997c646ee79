import { safe } from '../format/safe.ts'
import { wrap } from '../format/width.ts'
import type { Line, Look, Tone } from '../theme.ts'

/** Columns of the labels in panes of text. */
const LABEL = 14

/** What a pane of text needs to lay itself out. */
export interface TextContext {
  readonly look: Look
  readonly columns: number
  /** Wall clock, ms. */
  readonly now: number
}

export const blank: Line = []

export const heading = (text: string): Line => [[` ${text}`, 'title']]

/** `label         value`, the value wrapped under itself. */
export function field(label: string, value: string, { look, columns }: TextContext, tone: Tone = 'plain', width = LABEL): Line[] {
  const lines = wrap(safe(value, look.ascii), Math.max(8, columns - width - 3), 12)
  return (lines.length === 0 ? ['-'] : lines).map(
    (part, index): Line => [
      [`  ${(index === 0 ? label : '').padEnd(width)}`, 'dim'],
      [part, tone]
    ]
  )
}

/** Text as a paragraph, indented. */
export const paragraph = (text: string, { look, columns }: TextContext, tone: Tone = 'plain'): Line[] =>
  wrap(safe(text, look.ascii), Math.max(8, columns - 4), 20).map((part): Line => [['  '], [part, tone]])

/** Blocks with a blank line between them; empty ones leave no gap. */
export const sections = (...blocks: readonly (readonly Line[])[]): Line[] =>
  blocks.filter((block) => block.length > 0).flatMap((block, index) => (index === 0 ? [...block] : [blank, ...block]))
