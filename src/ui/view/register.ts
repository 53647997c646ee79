import type { SignalName } from '../../core/settings.ts'
import { parseSeconds } from '../edit/parse.ts'
import type { Action } from '../keymap.ts'
import { REGISTER_FIELDS, type RegisterDialog, type RegisterField } from './dialogs.ts'
import type { Answered } from './questions.ts'
import { identityOf, type Row } from './row.ts'
import type { Effect, Turn, ViewState } from './state.ts'
import { BY, type World } from './world.ts'

/** Candidates that are asked for and shown. */
export const MOST_CANDIDATES = 6
const LONGEST = 64

/** undefined: as the settings say. */
export const ORPHAN_SIGNALS: readonly (SignalName | undefined)[] = [
  undefined,
  'SIGTERM',
  'SIGINT',
  'SIGHUP',
  'SIGQUIT',
  'SIGKILL',
  'SIGUSR1',
  'SIGUSR2'
]
const SCOPES = [undefined, 'tree', 'child'] as const

/** Opens the dialog; a selected process is its child. */
export function emptyRegister(view: ViewState, row: Row | undefined, world: World): Turn {
  const identity = row === undefined || row.kind === 'orphan' ? undefined : identityOf(row)
  const dialog: RegisterDialog = {
    kind: 'register',
    field: 'parent',
    texts: { parent: '', child: identity === undefined ? '' : String(identity.pid), grace: '' },
    signal: undefined,
    scope: undefined,
    candidates: undefined,
    previewed: undefined
  }
  return asking(view, dialog, undefined, world)
}

const pidOf = (text: string): number | undefined => (/^\d{1,10}$/.test(text.trim()) ? Number(text) : undefined)

/** ms; undefined: as the settings say; unreadable: what was typed is no duration. */
export function graceOf({ texts }: RegisterDialog): number | 'unreadable' | undefined {
  return texts.grace.trim() === '' ? undefined : (parseSeconds(texts.grace) ?? 'unreadable')
}

const isPidField = (field: RegisterField): field is 'parent' | 'child' => field === 'parent' || field === 'child'

/** The dialog with what its fields want to know: candidates for what is being typed, and what the pair would mean. */
function asking(view: ViewState, dialog: RegisterDialog, before: RegisterDialog | undefined, { uid }: Pick<World, 'uid'>): Turn {
  const effects: Effect[] = []
  if (isPidField(dialog.field)) {
    const text = dialog.texts[dialog.field].trim()
    if (text !== '' && dialog.candidates?.for !== text)
      effects.push({ kind: 'ask', query: { type: 'find-processes', text, most: MOST_CANDIDATES } })
  }
  const parent = pidOf(dialog.texts.parent)
  const child = pidOf(dialog.texts.child)
  const isOther = before === undefined || pidOf(before.texts.parent) !== parent || pidOf(before.texts.child) !== child
  if (parent !== undefined && child !== undefined && isOther)
    effects.push({ kind: 'ask', query: { type: 'preview-pair', parent, child, uid } })
  return [{ ...view, dialog: isOther ? { ...dialog, previewed: undefined } : dialog }, effects]
}

/** A key in the dialog that is no text. */
export function pressRegister(view: ViewState, dialog: RegisterDialog, action: Action, world: World): Turn {
  switch (action) {
    case 'complete':
      return completed(view, dialog, world)
    case 'field-before':
      return asking(view, inField(dialog, -1), dialog, world)
    case 'up':
    case 'down':
      return moveWithin(view, dialog, action === 'up' ? -1 : 1, world)
    case 'accept':
      return accepted(view, dialog, world)
    default:
      return [view, []]
  }
}

function inField(dialog: RegisterDialog, step: 1 | -1): RegisterDialog {
  const at = REGISTER_FIELDS.indexOf(dialog.field)
  const field = REGISTER_FIELDS[(at + step + REGISTER_FIELDS.length) % REGISTER_FIELDS.length] ?? dialog.field
  return { ...dialog, field, candidates: undefined }
}

/** The process that is marked among the candidates, or the only one that there is. */
function candidate({ candidates }: RegisterDialog): number | undefined {
  if (candidates === undefined) return undefined
  if (candidates.marked !== undefined) return candidates.found[candidates.marked]?.pid
  return candidates.found.length === 1 ? candidates.found[0]?.pid : undefined
}

/** Takes the candidate, if there is one to take, and goes on to the next field. */
function completed(view: ViewState, dialog: RegisterDialog, world: World): Turn {
  const pid = isPidField(dialog.field) ? candidate(dialog) : undefined
  const taken = pid === undefined ? dialog : { ...dialog, texts: { ...dialog.texts, [dialog.field]: String(pid) } }
  return asking(view, inField(taken, 1), dialog, world)
}

/** In a field of pids to another candidate; in a field with a choice to the next one; else to the next field. */
function moveWithin(view: ViewState, dialog: RegisterDialog, step: 1 | -1, world: World): Turn {
  const { candidates, field } = dialog
  if (isPidField(field) && candidates !== undefined && candidates.found.length > 0) {
    const from = candidates.marked ?? (step === 1 ? -1 : candidates.found.length)
    const marked = (from + step + candidates.found.length) % candidates.found.length
    return [{ ...view, dialog: { ...dialog, candidates: { ...candidates, marked } } }, []]
  }
  if (field === 'signal') return [{ ...view, dialog: { ...dialog, signal: nextOf(ORPHAN_SIGNALS, dialog.signal, step) } }, []]
  if (field === 'scope') return [{ ...view, dialog: { ...dialog, scope: nextOf(SCOPES, dialog.scope, step) } }, []]
  return asking(view, inField(dialog, step), dialog, world)
}

const nextOf = <T>(list: readonly T[], present: T, step: 1 | -1): T =>
  list[(list.indexOf(present) + step + list.length) % list.length] ?? present

/** Enter takes a marked candidate; else it registers, once what that would do has been said, and names whom it was said of. */
function accepted(view: ViewState, dialog: RegisterDialog, world: World): Turn {
  if (isPidField(dialog.field) && dialog.candidates?.marked !== undefined) return completed(view, dialog, world)
  const graceMs = graceOf(dialog)
  const { previewed } = dialog
  if (graceMs === 'unreadable' || previewed?.answer.kind !== 'told') return [view, []]
  const { parent, child, refused } = previewed.answer.preview
  if (refused || parent === undefined || child === undefined) return [view, []]
  const { signal, scope } = dialog
  const command = {
    type: 'register',
    parent: parent.pid,
    child: child.pid,
    expect: { parentStart: parent.startTime, childStart: child.startTime },
    signal,
    graceMs,
    scope,
    uid: world.uid,
    by: BY
  } as const
  return [{ ...view, dialog: undefined }, [{ kind: 'send', commands: [command], done: `${child.pid} ends when ${parent.pid} dies` }]]
}

/** What was typed changes the text of the field. */
export function typeInRegister(view: ViewState, dialog: RegisterDialog, change: (text: string) => string, world: World): Turn {
  const { field } = dialog
  if (field === 'signal' || field === 'scope') return [view, []]
  const texts = { ...dialog.texts, [field]: change(dialog.texts[field]).slice(0, LONGEST) }
  return asking(view, { ...dialog, texts, candidates: undefined }, dialog, world)
}

/** The answers that still fit what stands in the fields; others are too late. */
export function answeredRegister(dialog: RegisterDialog, answered: Answered): RegisterDialog {
  if (answered.query.type === 'find-processes') {
    const { text } = answered.query
    if (!isPidField(dialog.field) || dialog.texts[dialog.field].trim() !== text) return dialog
    const { answer } = answered as Extract<Answered, { readonly query: { readonly type: 'find-processes' } }>
    return { ...dialog, candidates: { for: text, found: answer.ok ? answer.value.slice(0, MOST_CANDIDATES) : [], marked: undefined } }
  }
  if (answered.query.type !== 'preview-pair') return dialog
  const { query, answer } = answered as Extract<Answered, { readonly query: { readonly type: 'preview-pair' } }>
  if (pidOf(dialog.texts.parent) !== query.parent || pidOf(dialog.texts.child) !== query.child) return dialog
  const told = answer.ok ? ({ kind: 'told', preview: answer.value } as const) : ({ kind: 'failed', detail: answer.error.message } as const)
  return { ...dialog, previewed: { parent: query.parent, child: query.child, answer: told } }
}
