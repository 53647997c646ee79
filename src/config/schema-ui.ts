import * as z from 'zod/mini'
import { field, leaf, listOf, mapOf, section } from './field.ts'
import { keyName, preset, theme } from './special-values-ui.ts'
import { boolean, text } from './values.ts'

/** The interface in the configuration file. */
export const uiSection = section(
  {
    theme: field(theme, 'How it looks, in the colours of your terminal. Default default.', 'spawn-time'),
    preset: field(preset, 'vim: move with h j k l, signal on K. Default default.', 'spawn-time'),
    keys: z.optional(
      mapOf(
        text,
        listOf(
          leaf(keyName, 'A key.', 'spawn-time'),
          'a list of keys such as [K, F9]',
          'Instead of all keys that the action has otherwise.'
        ),
        'a map from actions to keys, such as {signal: [K, F9]}',
        'Other keys, by the name of the action, as the help and the command palette show it.'
      )
    ),
    readOnly: field(boolean, 'Send no commands from the screen. Default false.', 'spawn-time'),
    screenReader: field(boolean, 'Sentences for a screen reader instead of columns. Default false.', 'spawn-time')
  },
  'a map such as {theme: high-contrast, preset: vim}',
  'The interface.'
)
