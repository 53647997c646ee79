import { describeSource } from '../../core/source.ts'
import type { SupervisorState } from '../../store.ts'
import { EDIT_FIELDS, LIMIT_EDITORS, limitValue } from '../edit/fields.ts'
import { previewLimit } from '../edit/preview.ts'
import { clockTime } from '../format/time.ts'
import { wrap } from '../format/width.ts'
import { cell, type Line } from '../theme.ts'
import { nodeNamed } from '../view/row.ts'
import type { DialogContent } from './box.ts'
import type { DialogContext, Of } from './content.ts'
import { keys, said } from './parts.ts'

/** Columns of where a value comes from: `edited by hand at 12:04:31`. */
const SOURCE = 29

export function limitsContent(dialog: Of<'limits'>, state: SupervisorState, context: DialogContext): DialogContent {
  const node = nodeNamed(state, dialog.node)
  if (node === undefined)
    return { title: 'Limits', lines: [...said(`${dialog.node} is no longer part of this run.`, 'alarm', context), keys(['Esc', 'back'])] }
  const { look } = context
  const rows = EDIT_FIELDS.map((field): Line => {
    const editor = LIMIT_EDITORS[field]
    const chosen = field === dialog.field
    const present = editor.write(limitValue(node, field))
    const source = field === 'respawnLimit' ? node.description.respawn.limit.source : node.description.limits[field].source
    const shown = chosen && dialog.typed !== undefined ? `${dialog.typed}${look.glyphs.cursor}` : present
    return [
      [chosen ? `${look.glyphs.marker} ` : '  ', 'accent'],
      cell(look, editor.label, 10, chosen ? 'strong' : 'plain'),
      cell(look, ` ${shown}`, 22, chosen ? 'selected' : 'plain'),
      [' '],
      cell(look, chosen && dialog.typed !== undefined ? `was ${present}` : describeSource(source, { time: clockTime }), SOURCE, 'dim')
    ]
  })
  const editor = LIMIT_EDITORS[dialog.field]
  const value = dialog.typed === undefined ? limitValue(node, dialog.field) : editor.read(dialog.typed)
  const verdict = value === undefined ? undefined : previewLimit(node, state.run, dialog.field, value, context.now)
  const tone = verdict === undefined || verdict.stops ? 'alarm' : 'good'
  const room = Math.max(8, Math.min(60, context.columns - 8))
  const wrapped = wrap(verdict?.text ?? `expected ${editor.expected}`, room, 2)
  return {
    title: `Limits of ${dialog.node}`,
    chosen: rows[EDIT_FIELDS.indexOf(dialog.field)],
    lines: [
      ...rows,
      [],
      ...[0, 1].map((index): Line => [[wrapped[index] ?? '', tone]]),
      [],
      keys(['Up Down', 'choose'], ['[ ]', 'nudge'], ['Enter', 'set'], ['^S', 'save'], ['Esc', 'cancel'])
    ]
  }
}
