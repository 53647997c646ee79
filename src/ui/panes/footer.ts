import { type Binding, KEYMAP, type Place, spokenKey } from '../keymap.ts'
import type { Line, Segment } from '../theme.ts'
import type { Notice } from '../view/state.ts'

/** The keys of this place, from the table, as many as fit; or what became of the last command. */
export function footerLine(place: Place, notice: Notice | undefined, columns: number): Line {
  if (notice !== undefined) return [[` ${notice.text}`, notice.tone]]
  const bindings = KEYMAP.filter((binding) => binding.short !== '' && binding.places.includes(place))
  const leave = bindings.find((binding) => binding.action === 'quit')
  const others = bindings.filter((binding) => binding !== leave)
  let left = columns - 1 - (leave === undefined ? 0 : hintWidth(leave))
  const shown = others.filter((binding) => {
    left -= hintWidth(binding)
    return left >= 0
  })
  return [[' '], ...[...shown, ...(leave === undefined ? [] : [leave])].flatMap(hint)]
}

const hint = (binding: Binding): Segment[] => [
  [spokenKey(binding.keys[0] ?? ''), 'accent'],
  [` ${binding.short}  `, 'dim']
]

const hintWidth = (binding: Binding): number => hint(binding).reduce((sum, [text]) => sum + text.length, 0)
