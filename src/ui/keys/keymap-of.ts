import { type Action, type Binding, FIELD_TEXT, KEYMAP, type Place } from '../keymap.ts'

export type Preset = 'default' | 'vim'

/** What the configuration says of keys. */
export interface KeyChoice {
  readonly preset: Preset
  /** Instead of all keys that the action has otherwise. */
  readonly keys: Readonly<Partial<Record<Action, readonly string[]>>>
}

/** The table with the keys of this person. */
export interface Keymap {
  readonly bindings: readonly Binding<Action>[]
  /** What this key means here; undefined: nothing, or text for the field. */
  actionFor(place: Place, key: string): Action | undefined
  /** All keys of an action, each once; those that answer dialogs are not among them. */
  keysOf(action: Action): readonly string[]
  /** The first key that means this here. */
  keyFor(place: Place, action: Action): string | undefined
}

/** Actions whose keys may be others: all but the answers of dialogs, which must work whatever was configured. */
export const REMAPPABLE: readonly Action[] = KEYMAP.filter((binding) => binding.group !== 'ANSWER').map(({ action }) => action)

/** Moving with h j k l, the signal menu on K. */
const PRESETS: Readonly<Record<Preset, KeyChoice['keys']>> = {
  default: {},
  vim: {
    up: ['up', 'k', 'ctrl-p'],
    down: ['down', 'j', 'ctrl-n'],
    fold: ['left', 'h', '-'],
    unfold: ['right', 'l', '+'],
    'scroll-left': ['left', 'h'],
    'scroll-right': ['right', 'l'],
    signal: ['K', 'f9'],
    'page-up': ['pageup', 'ctrl-b'],
    'page-down': ['pagedown', 'ctrl-f']
  }
}

export const PRESET_NAMES = ['default', 'vim'] as const satisfies readonly Preset[]

const chosen = ({ preset, keys }: KeyChoice): readonly Binding<Action>[] =>
  KEYMAP.map((binding) =>
    binding.group === 'ANSWER' ? binding : { ...binding, keys: keys[binding.action] ?? PRESETS[preset][binding.action] ?? binding.keys }
  )

const DEFAULT: KeyChoice = { preset: 'default', keys: {} }

export function createKeymap(choice: KeyChoice = DEFAULT): Keymap {
  const bindings = chosen(choice)
  const meanings = new Map<string, Action>()
  for (const { action, keys, places } of bindings)
    for (const place of places)
      for (const key of keys) if (!isText(place, key) && !meanings.has(`${place} ${key}`)) meanings.set(`${place} ${key}`, action)
  return {
    bindings,
    actionFor: (place, key) => meanings.get(`${place} ${key}`),
    keyFor: (place, action) =>
      bindings
        .filter((binding) => binding.action === action && binding.places.includes(place))
        .flatMap(({ keys }) => keys)
        .find((key) => meanings.get(`${place} ${key}`) === action),
    keysOf: (action) => [
      ...new Set(bindings.filter((binding) => binding.action === action && binding.group !== 'ANSWER').flatMap(({ keys }) => keys))
    ]
  }
}

/** Whether this key is a character of the place's field. */
export const isText = (place: Place, key: string): boolean => FIELD_TEXT[place]?.test(key === 'space' ? ' ' : key) ?? false

/** A key that would mean two things in one place. */
export interface KeyConflict {
  readonly key: string
  readonly place: Place
  /** In the order of the table. */
  readonly actions: readonly [Action, Action]
}

/** Letters that answer a dialog give way to what a person put there: Enter, Esc and the arrows are left. */
const isLetter = (key: string): boolean => key.length === 1

/** Every key that means two things in one place; each pair of actions once. */
export function conflictsOf(choice: KeyChoice): readonly KeyConflict[] {
  const taken = new Map<string, Action>()
  const conflicts = new Map<string, KeyConflict>()
  for (const { action, key, place } of chosen(choice).flatMap(meanings)) {
    const other = taken.get(`${place} ${key}`)
    if (other === undefined) taken.set(`${place} ${key}`, action)
    else if (other !== action && !conflicts.has(`${key} ${other} ${action}`))
      conflicts.set(`${key} ${other} ${action}`, { key, place, actions: [other, action] })
  }
  return [...conflicts.values()]
}

/** What a person may rely on: each key of the binding in each of its places, but for text and for letters that give way. */
const meanings = ({ action, keys, places, group }: Binding<Action>): readonly { action: Action; key: string; place: Place }[] =>
  places.flatMap((place) =>
    [...new Set(keys)].filter((key) => !isText(place, key) && !(group === 'ANSWER' && isLetter(key))).map((key) => ({ action, key, place }))
  )
