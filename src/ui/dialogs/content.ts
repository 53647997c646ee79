import { describeSource } from '../../core/source.ts'
import type { SupervisorState } from '../../store.ts'
import { EDIT_FIELDS, LIMIT_EDITORS, limitValue } from '../edit/fields.ts'
import { previewLimit } from '../edit/preview.ts'
import { safe } from '../format/safe.ts'
import { clockTime } from '../format/time.ts'
import { cut, wrap } from '../format/width.ts'
import { cell, type Line, type Look, type Segment } from '../theme.ts'
import { QUIT_CHOICES, SIGNALS } from '../view/press-dialog.ts'
import { nodeNamed } from '../view/rows.ts'
import type { Dialog, Target } from '../view/state.ts'
import { refusal } from '../view/target.ts'
import type { DialogContent } from './box.ts'

export interface DialogContext {
  readonly look: Look
  readonly columns: number
  /** Wall clock, ms. */
  readonly now: number
  /** Whether everything was already asked to stop. */
  readonly stopping: boolean
}

type Of<K extends Dialog['kind']> = Extract<Dialog, { readonly kind: K }>

/** What this dialog says now; it follows the state, so that a target that went is seen at once. */
export function dialogContent(dialog: Dialog, state: SupervisorState, context: DialogContext): DialogContent {
  switch (dialog.kind) {
    case 'signals':
      return signals(dialog, state, context)
    case 'confirm':
      return confirm(dialog, state, context)
    case 'limits':
      return limits(dialog, state, context)
    case 'quit':
      return quit(dialog, state, context)
  }
}

const keys = (...pairs: readonly (readonly [string, string])[]): Line =>
  pairs.flatMap(([key, meaning]): Segment[] => [
    [key, 'accent'],
    [` ${meaning}   `, 'dim']
  ])

const warning = (text: string, { look, columns }: DialogContext): Line[] =>
  wrap(safe(text, look.ascii), Math.min(64, columns - 8)).map((part): Line => [[part, 'alarm']])

/** Name, pid and start time. */
function named(target: Target, { look, columns }: DialogContext): Line[] {
  const name = cut(safe(target.name, look.ascii), Math.min(60, Math.max(8, columns - 10)), look.glyphs.ellipsis)
  if (target.identity === undefined) return [[[name, 'strong']], [['no process now', 'dim']]]
  return [[[name, 'strong']], [[`pid ${target.identity.pid}, started ${target.started}`]]]
}

function signals({ target, signal }: Of<'signals'>, state: SupervisorState, context: DialogContext): DialogContent {
  const refused = refusal(target, state, 'process')
  const of: Line = [[target.name === target.node ? 'leader of this node alone, not its tree' : `of ${target.node}`, 'dim']]
  const list = SIGNALS.map((entry): Line => {
    const chosen = entry === signal
    return [
      [chosen ? `${context.look.glyphs.marker} ` : '  ', 'accent'],
      [entry.padEnd(10), chosen ? 'button' : 'plain'],
      [` ${MEANINGS[entry] ?? ''}`, 'dim']
    ]
  })
  const end =
    refused === undefined
      ? [keys(['Enter', `send ${signal}`], ['Esc', 'cancel'])]
      : [...warning(`${refused} Nothing is sent.`, context), keys(['Esc', 'back'])]
  return { title: 'Send a signal', lines: [...named(target, context), of, [], ...(refused === undefined ? list : []), [], ...end] }
}

const MEANINGS: Readonly<Record<string, string>> = {
  SIGTERM: 'please end',
  SIGINT: 'interrupt, as Ctrl-C does',
  SIGHUP: 'hang-up, often: read the configuration again',
  SIGQUIT: 'end with a core dump',
  SIGKILL: 'end now, cannot be refused',
  SIGUSR1: "the program's own",
  SIGUSR2: "the program's own",
  SIGSTOP: 'halt, cannot be refused',
  SIGCONT: 'go on after a halt'
}

const ASKED = {
  stop: ['Stop', 'Its whole tree is stopped; it stays stopped until it is started again.'],
  start: ['Start', 'It is started now, whatever it waits for.'],
  restart: ['Restart', 'Its whole tree is stopped, then it starts again. This uses no budget.']
} as const

function confirm({ verb, target }: Of<'confirm'>, state: SupervisorState, context: DialogContext): DialogContent {
  const [title, meaning] = ASKED[verb]
  const refused = refusal(target, state, 'node')
  const explained = wrap(meaning, Math.min(60, Math.max(8, context.columns - 8))).map((part): Line => [[part, 'dim']])
  const end =
    refused === undefined
      ? [keys(['Enter', title.toLowerCase()], ['Esc', 'cancel'])]
      : [...warning(`${refused} Nothing is done.`, context), keys(['Esc', 'back'])]
  return { title: `${title} ${target.name}?`, lines: [...named(target, context), ...explained, [], ...end] }
}

function limits(dialog: Of<'limits'>, state: SupervisorState, context: DialogContext): DialogContent {
  const node = nodeNamed(state, dialog.node)
  if (node === undefined)
    return { title: 'Limits', lines: [...warning(`${dialog.node} is no longer part of this run.`, context), keys(['Esc', 'back'])] }
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
      cell(look, chosen && dialog.typed !== undefined ? `was ${present}` : describeSource(source, { time: clockTime }), 24, 'dim')
    ]
  })
  const editor = LIMIT_EDITORS[dialog.field]
  const value = dialog.typed === undefined ? limitValue(node, dialog.field) : editor.read(dialog.typed)
  const verdict = value === undefined ? undefined : previewLimit(node, state.run, dialog.field, value, context.now)
  const said = verdict?.text ?? `expected ${editor.expected}`
  const tone = verdict === undefined || verdict.stops ? 'alarm' : 'good'
  const room = Math.max(8, Math.min(60, context.columns - 8))
  const wrapped = wrap(said, room, 2)
  return {
    title: `Limits of ${dialog.node}`,
    lines: [
      ...rows,
      [],
      ...[0, 1].map((index): Line => [[wrapped[index] ?? '', tone]]),
      [],
      keys(['Up Down', 'choose'], ['[ ]', 'nudge'], ['Enter', 'set'], ['Esc', 'cancel'])
    ]
  }
}

function quit({ choice }: Of<'quit'>, state: SupervisorState, { look, stopping }: DialogContext): DialogContent {
  const words = {
    stop: stopping ? 'kill what is left now' : 'stop everything',
    'keep-running': 'keep running without the screen',
    cancel: 'cancel'
  }
  const letters = { stop: 's', 'keep-running': 'k', cancel: 'Esc' }
  const count = state.order.length
  const list = QUIT_CHOICES.map(
    (entry): Line => [
      [entry === choice ? `${look.glyphs.marker} ` : '  ', 'accent'],
      [` ${words[entry]} `.padEnd(34), entry === choice ? 'button' : 'plain'],
      [letters[entry], 'accent']
    ]
  )
  return {
    title: 'Quit',
    lines: [
      [[`${count} node${count === 1 ? ' is' : 's are'} supervised here.`]],
      [],
      ...list,
      [],
      keys(['Enter', words[choice]], ['Ctrl-C', words.stop])
    ]
  }
}
