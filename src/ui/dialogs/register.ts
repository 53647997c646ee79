import { safe } from '../format/safe.ts'
import { cutStart } from '../format/width.ts'
import { shortCommand } from '../panes/row-name.ts'
import { cell, type Line, type Segment } from '../theme.ts'
import type { RegisterDialog, RegisterField } from '../view/dialogs.ts'
import { graceOf, MOST_CANDIDATES } from '../view/register.ts'
import type { DialogContent } from './box.ts'
import type { DialogContext, Of } from './content.ts'
import { keys, roomOf, said } from './parts.ts'

const LABELS: Readonly<Record<RegisterField, string>> = {
  parent: 'when this dies',
  child: 'this ends',
  signal: 'by',
  grace: 'killed after',
  scope: 'whom'
}
const LABEL = 16
const VALUE = 26

const AS_CONFIGURED = 'as configured'

const writtenIn = ({ texts, signal, scope }: RegisterDialog, field: RegisterField): string => {
  if (field === 'signal') return signal ?? AS_CONFIGURED
  if (field === 'scope') return scope === undefined ? AS_CONFIGURED : scope === 'tree' ? 'child and descendants' : 'the child alone'
  return field === 'grace' && texts.grace === '' ? AS_CONFIGURED : texts[field]
}

/** Two processes with completion, the terms, and what that would do; as many lines whatever is typed. */
export function registerContent(dialog: Of<'register'>, context: DialogContext): DialogContent {
  const names = Object.keys(LABELS) as RegisterField[]
  const fields = names.map((field) => fieldLine(dialog, field, context))
  const candidates = candidateLines(dialog, context)
  const preview = previewLines(dialog, context)
  return {
    title: 'Register an orphan',
    chosen: candidates[dialog.candidates?.marked ?? -1] ?? fields[names.indexOf(dialog.field)],
    lines: [
      ...fields,
      [],
      ...candidates,
      [],
      ...[0, 1, 2].map((index): Line => preview[index] ?? []),
      [],
      keys(['Tab', 'next'], ['Up Down', 'choose'], ['Enter', 'register'], ['Esc', 'cancel'])
    ]
  }
}

function fieldLine(dialog: RegisterDialog, field: RegisterField, { look }: DialogContext): Line {
  const chosen = field === dialog.field
  const isTyped = field === 'parent' || field === 'child' || field === 'grace'
  const value =
    chosen && isTyped
      ? `${cutStart(safe(dialog.texts[field], look.ascii), VALUE - 2, look.glyphs.ellipsis)}${look.glyphs.cursor}`
      : writtenIn(dialog, field)
  return [
    [chosen ? `${look.glyphs.marker} ` : '  ', 'accent'],
    cell(look, LABELS[field], LABEL, chosen ? 'strong' : 'plain'),
    cell(look, ` ${value}`, VALUE, chosen ? 'selected' : 'plain'),
    ...noteOf(dialog, field, look)
  ]
}

/** Who has the pid that stands there. */
function noteOf({ previewed }: RegisterDialog, field: RegisterField, look: DialogContext['look']): readonly Segment[] {
  if ((field !== 'parent' && field !== 'child') || previewed?.answer.kind !== 'told') return []
  const process = previewed.answer.preview[field]
  return process === undefined ? [] : [[' '], cell(look, shortCommand(process.command) || process.comm, 20, 'dim')]
}

function candidateLines({ field, texts, candidates }: RegisterDialog, context: DialogContext): Line[] {
  const { look } = context
  const width = roomOf(context)
  const isPid = field === 'parent' || field === 'child'
  const found = isPid ? (candidates?.found ?? []) : []
  const lines = found.map((process, index): Line => {
    const marked = index === candidates?.marked
    return [
      [marked ? `${look.glyphs.marker} ` : '  ', 'accent'],
      cell(look, String(process.pid), 8, marked ? 'button' : 'strong', 'right'),
      [' '],
      cell(look, `uid ${process.uid}`, 9, 'dim'),
      [' '],
      cell(look, process.command || process.comm, Math.max(8, width - 20), marked ? 'strong' : 'plain')
    ]
  })
  const hint =
    isPid && texts[field].trim() === ''
      ? 'type a pid, or a part of a name or command line'
      : candidates !== undefined && isPid && found.length === 0
        ? 'no such process'
        : ''
  const first: Line[] = lines.length === 0 ? [[[`  ${hint}`, 'dim']]] : lines
  return [...first, ...Array.from({ length: Math.max(0, MOST_CANDIDATES - first.length) }, (): Line => [])]
}

/** What registering would do; why it cannot be done; or what is still missing. */
function previewLines(dialog: RegisterDialog, context: DialogContext): Line[] {
  if (graceOf(dialog) === 'unreadable') return said('expected a duration such as 5s or 2m (a bare number is seconds)', 'alarm', context)
  const answer = dialog.previewed?.answer
  if (answer === undefined) return said('What would happen is said here once both are chosen.', 'dim', context)
  if (answer.kind === 'failed') return said(answer.detail, 'alarm', context)
  const { text, refused } = answer.preview
  const chosen = [
    ...(dialog.signal === undefined ? [] : [`by ${dialog.signal}`]),
    ...(dialog.texts.grace === '' ? [] : [`killed after ${dialog.texts.grace}`]),
    ...(dialog.scope === undefined ? [] : [writtenIn(dialog, 'scope')])
  ]
  const otherwise = chosen.length === 0 || refused ? '' : `; but ${chosen.join(', ')}`
  return said(text + otherwise, refused ? 'alarm' : 'good', context, 3)
}
