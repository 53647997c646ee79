import { SORT_KEYS, SORT_NAMES } from '../view/sort.ts'
import type { DialogContent } from './box.ts'
import type { DialogContext, Of } from './content.ts'
import { entry, keys } from './parts.ts'

export const sortContent = ({ choice }: Of<'sort'>, context: DialogContext): DialogContent => ({
  title: 'Sort by',
  lines: [
    ...SORT_KEYS.map((key) => entry(key === choice, ` ${SORT_NAMES[key]} `.padEnd(16), '', context)),
    [],
    keys(['Enter', 'sort'], ['Esc', 'cancel'])
  ]
})
