import type { Action } from '../ui/keymap.ts'
import { conflictsOf, type KeyChoice, type Preset, REMAPPABLE } from '../ui/keys/keymap-of.ts'
import { spokenKey } from '../ui/keys/names.ts'
import type { ThemeName } from '../ui/theme/tones.ts'
import { byDefault, type FileSection } from './ledger.ts'
import { suggestion } from './nearest.ts'
import { type ResolveContext, reportAt } from './resolve-context.ts'
import type { FileConfig } from './schema.ts'
import { keyName, preset, theme } from './special-values-ui.ts'
import { boolean } from './values.ts'

/** What the interface takes from the configuration; none of it changes what is supervised. */
export interface InterfacePreferences {
  readonly theme: ThemeName
  readonly keys: KeyChoice
  readonly readOnly: boolean
  readonly screenReader: boolean
}

export function resolveInterface(context: ResolveContext): InterfacePreferences {
  const { root, overrides, ledger } = context
  const own = root.section('ui')
  return {
    theme: ledger.choose('ui.theme', theme, [overrides.theme, own.get('theme')], byDefault<ThemeName>('default')).value,
    keys: resolveKeys(context, ledger.choose('ui.preset', preset, [own.get('preset')], byDefault<Preset>('default')).value),
    readOnly: ledger.choose('ui.readOnly', boolean, [overrides['read-only'], own.get('readOnly')], byDefault(false)).value,
    screenReader: ledger.choose('ui.screenReader', boolean, [overrides['screen-reader'], own.get('screenReader')], byDefault(false)).value
  }
}

type KeysSection = FileSection<NonNullable<NonNullable<FileConfig['ui']>['keys']>>

function resolveKeys(context: ResolveContext, chosen: Preset): KeyChoice {
  const section: KeysSection = context.root.section('ui').section('keys')
  const keys: Partial<Record<Action, readonly string[]>> = {}
  for (const name of Object.keys(context.root.section('ui').get('keys')?.value ?? {})) {
    const given = section.get(name)
    if (given === undefined) continue
    const action = REMAPPABLE.find((known) => known === name)
    if (action === undefined) {
      reportAt(context, given.source, `ui.keys: there is no action '${name.slice(0, 64)}'${suggestion(name, REMAPPABLE)}`)
      continue
    }
    keys[action] = given.value
    context.ledger.note(`ui.keys.${action}`, given.value.map(keyName.show).join(' ') || 'none', given.source)
  }
  reportConflicts(context, section, { preset: chosen, keys })
  return { preset: chosen, keys }
}

/** At the one of the two that was written; where both were, at the later one of the table. */
function reportConflicts(context: ResolveContext, section: KeysSection, choice: KeyChoice): void {
  for (const { key, place, actions } of conflictsOf(choice)) {
    const written = actions.flatMap((action) => {
      const given = section.get(action)
      return given === undefined ? [] : [{ action, source: given.source }]
    })
    const at = written.at(-1)
    const other = actions.find((action) => action !== at?.action)
    if (at === undefined || other === undefined) continue
    const where = place === 'tree' ? 'in the tree' : `in ${place}`
    reportAt(
      context,
      at.source,
      `ui.keys.${at.action}: the key ${spokenKey(key)} means ${other} ${where} already; give ${other} other keys too, or choose another one`
    )
  }
}
