import { PRESET_NAMES } from '../ui/keys/keymap-of.ts'
import { readKey, spokenKey } from '../ui/keys/names.ts'
import { THEME_NAMES } from '../ui/theme/tones.ts'
import { choice, type ValueKind } from './values.ts'

/** A key by the name that the interface knows it by. */
export const keyName: ValueKind<string> = {
  expected: 'a key such as K, F5, PgUp, Space, ctrl-x or alt-j',
  read: (found) => (typeof found === 'string' || typeof found === 'number' ? readKey(String(found)) : undefined),
  show: spokenKey,
  json: { type: ['string', 'integer'], examples: ['K', 'F5', 'ctrl-x'] }
}

export const theme = choice(...THEME_NAMES)
export const preset = choice(...PRESET_NAMES)
