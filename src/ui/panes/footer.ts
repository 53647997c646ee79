import { safe } from '../format/safe.ts'
import { cutStart } from '../format/width.ts'
import type { Action, Binding, Place } from '../keymap.ts'
import type { Keymap } from '../keys/keymap-of.ts'
import { spokenKey } from '../keys/names.ts'
import type { Line, Look, Segment } from '../theme.ts'
import type { Notice, Prompt } from '../view/state.ts'

export interface FooterContext {
  readonly look: Look
  readonly keymap: Keymap
  readonly columns: number
  readonly notice: Notice | undefined
  readonly prompt: Prompt | undefined
}

/** The line that is typed, or what became of the last command, or the keys of this place, from the table, as many as fit. */
export function footerLine(place: Place, { look, keymap, columns, notice, prompt }: FooterContext): Line {
  if (prompt !== undefined) return promptLine(prompt, look, columns)
  if (notice !== undefined) return [[` ${notice.text}`, notice.tone]]
  const hints = keymap.bindings
    .filter(({ short, places }) => short !== '' && places.includes(place))
    .flatMap((binding) => hintOf(binding, place, keymap))
  const leave = hints.find(({ action }) => action === 'quit')
  let left = columns - 1 - (leave === undefined ? 0 : leave.width)
  const shown = hints.filter((hint) => {
    if (hint === leave) return false
    left -= hint.width
    return left >= 0
  })
  return [[' '], ...[...shown, ...(leave === undefined ? [] : [leave])].flatMap(({ segments }) => segments)]
}

interface Hint {
  readonly action: Action
  readonly segments: readonly Segment[]
  readonly width: number
}

function hintOf({ action, short }: Binding<Action>, place: Place, keymap: Keymap): readonly Hint[] {
  const key = keymap.keyFor(place, action)
  if (key === undefined) return []
  const segments: readonly Segment[] = [
    [spokenKey(key), 'accent'],
    [` ${short}  `, 'dim']
  ]
  return [{ action, segments, width: segments.reduce((sum, [text]) => sum + text.length, 0) }]
}

const PROMPTS: Readonly<Record<Prompt['kind'], string>> = { filter: 'Filter: ', search: 'Search: ', find: 'Search: ' }

const promptLine = ({ kind, text }: Prompt, { ascii, glyphs }: Look, columns: number): Line => [
  [` ${PROMPTS[kind]}`, 'title'],
  [cutStart(safe(text, ascii), columns - PROMPTS[kind].length - 2, glyphs.ellipsis)],
  [glyphs.cursor, 'accent'],
  [`   Enter keeps it, Esc takes it back${kind === 'filter' ? '; ! inverts, user: state: pid: uid: bin:' : ''}`, 'dim']
]
