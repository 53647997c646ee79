import { SORT_KEYS, SORT_NAMES } from '../view/sort.ts'
import type { DialogContent } from './box.ts'
import type { DialogContext, Of } from './content.ts'
import { entry, keys } from './parts.ts'

export function sortContent({ choice }: Of<'sort'>, context: DialogContext): DialogContent {
  const list = SORT_KEYS.map((key) => entry(key === choice, ` ${SORT_NAMES[key]} `.padEnd(16), '', context))
  return { title: 'Sort by', chosen: list[SORT_KEYS.indexOf(choice)], lines: [...list, [], keys(['Enter', 'sort'], ['Esc', 'cancel'])] }
}
