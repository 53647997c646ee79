import { safe } from '../format/safe.ts'
import { cutStart } from '../format/width.ts'
import { spokenKey } from '../keys/names.ts'
import { cell, type Line } from '../theme.ts'
import { suggestions } from '../view/palette.ts'
import type { DialogContent } from './box.ts'
import type { DialogContext, Of } from './content.ts'
import { keys } from './parts.ts'

const NAME = 16
const KEYS = 12
/** Lines besides the suggestions: frame, field, blanks, keys. */
const AROUND = 6

/** What is typed, and the actions that it may mean; as many lines whatever was typed, so that nothing jumps. */
export function paletteContent({ typed, marked }: Of<'palette'>, context: DialogContext): DialogContent {
  const { look, keymap, columns, rows, below } = context
  const list = suggestions(typed, below, keymap)
  const height = Math.max(1, Math.min(10, rows - AROUND))
  const at = Math.min(marked, Math.max(0, list.length - 1))
  const top = Math.max(0, Math.min(at - height + 1, list.length - height))
  const width = Math.max(8, Math.min(96, columns - 8))
  const lines = list.slice(top, top + height).map((binding, index): Line => {
    const chosen = top + index === at
    return [
      [chosen ? `${look.glyphs.marker} ` : '  ', 'accent'],
      cell(look, binding.action, NAME, chosen ? 'button' : 'strong'),
      [' '],
      cell(look, keymap.keysOf(binding.action).map(spokenKey).join(' '), KEYS, 'accent'),
      cell(look, binding.long, Math.max(0, width - NAME - KEYS - 3), 'dim')
    ]
  })
  const none: Line[] = list.length === 0 ? [[['  nothing is called so', 'alarm']]] : []
  const blanks = Array.from({ length: Math.max(0, height - lines.length - none.length) }, (): Line => [[' '.repeat(width)]])
  return {
    title: 'Command',
    lines: [
      [[':', 'accent'], [cutStart(safe(typed, look.ascii), width, look.glyphs.ellipsis)], [look.glyphs.cursor, 'accent']],
      [],
      ...lines,
      ...none,
      ...blanks,
      [],
      keys(['Enter', 'do it'], ['Tab', 'complete'], ['Esc', 'cancel'])
    ]
  }
}
