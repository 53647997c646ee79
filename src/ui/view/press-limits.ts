import type { Command } from '../../core/commands.ts'
import { EDIT_FIELDS, LIMIT_EDITORS, limitValue } from '../edit/fields.ts'
import type { Action } from '../keymap.ts'
import { closed, neighbour } from './choose.ts'
import { nodeNamed } from './rows.ts'
import type { Dialog, EditField, Turn, ViewState } from './state.ts'
import { BY, type World } from './world.ts'

type LimitsDialog = Extract<Dialog, { readonly kind: 'limits' }>

/** A key in the editor of limits that is no text. */
export function pressLimits(view: ViewState, dialog: LimitsDialog, action: Action, world: World): Turn {
  const node = nodeNamed(world.live, dialog.node)
  if (node === undefined) return [view, []]
  const editor = LIMIT_EDITORS[dialog.field]
  const value = dialog.typed === undefined ? limitValue(node, dialog.field) : editor.read(dialog.typed)
  if (action === 'lower' || action === 'raise') {
    if (value === undefined) return [view, []]
    const nudged = editor.nudge(value, action === 'raise' ? 1 : -1, world.live.run.intervalMs)
    return [{ ...view, dialog: { ...dialog, typed: editor.write(nudged) } }, []]
  }
  if (action !== 'accept' && action !== 'save') {
    const field: EditField = neighbour(EDIT_FIELDS, dialog.field, action)
    return [{ ...view, dialog: { ...dialog, field, typed: field === dialog.field ? dialog.typed : undefined } }, []]
  }
  if (value === undefined) return [view, []]
  const commands: Command[] = []
  if (value !== limitValue(node, dialog.field)) commands.push({ type: 'set-limit', node: dialog.node, field: dialog.field, value, by: BY })
  if (action === 'save') commands.push({ type: 'save-limits', node: dialog.node, by: BY })
  if (commands.length === 0) return [closed(view), []]
  const done = `${editor.label} limit of ${dialog.node} is ${editor.write(value)} now${action === 'save' ? ', and in the configuration file' : ''}`
  return [closed(view), [{ kind: 'send', commands, done }]]
}

/** The value in force, as it would be typed. */
export function written(dialog: LimitsDialog, live: World['live']): string {
  const node = nodeNamed(live, dialog.node)
  return node === undefined ? '' : LIMIT_EDITORS[dialog.field].write(limitValue(node, dialog.field))
}
