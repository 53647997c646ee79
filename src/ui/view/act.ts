import { type Identity, sameProcess } from '../../core/process/identity.ts'
import { EDIT_FIELDS, LIMIT_EDITORS, limitValue } from '../edit/fields.ts'
import type { Action } from '../keymap.ts'
import type { NodeVerb, PairVerb, ProcessTarget, Several, Target } from './dialogs.ts'
import { logsPane } from './log-lines.ts'
import { emptyRegister } from './register.ts'
import { nodeKey, nodeNamed, processKey, type Row } from './row.ts'
import { selectedRow } from './selection.ts'
import { openPane, refuse, type Turn, topPane, type ViewState } from './state.ts'
import { targetNode, targetProcess } from './target.ts'
import { BY, rowsOf, type World } from './world.ts'

type Act = (view: ViewState, rows: Several<Row>, world: World) => Turn

const ACTS: Readonly<Partial<Record<Action, Act>>> = {
  signal: askSignal,
  stop: (view, rows) => askNodes(view, rows, 'stop'),
  start: (view, rows) => askNodes(view, rows, 'start'),
  restart: (view, rows) => askNodes(view, rows, 'restart'),
  observe,
  limits: (view, rows) => editLimits(view, rows, undefined),
  lower: (view, rows) => editLimits(view, rows, -1),
  raise: (view, rows) => editLimits(view, rows, 1),
  undo: undoLimit,
  unregister: (view, rows) => askPairs(view, rows, 'unregister'),
  'end-orphan': (view, rows) => askPairs(view, rows, 'end-orphan')
}

const READ_ONLY = 'read only: no commands are sent from here'

/** Actions on the rows that the pane is about; most open a dialog that asks first. undefined: not such an action. */
export function actOnRows(view: ViewState, action: Action, world: World): Turn | undefined {
  if (action === 'receipts') return [openPane(view, { kind: 'receipts', node: paneNode(view), selected: undefined }), []]
  if (action === 'logs') return [openLogs(view, world), []]
  if (action === 'register') return world.readOnly ? [refuse(view, READ_ONLY), []] : emptyRegister(view, selected(view, world), world)
  const act = ACTS[action]
  if (act === undefined) return undefined
  if (world.readOnly) return [refuse(view, READ_ONLY), []]
  const [first, ...others] = subjects(view, world)
  return first === undefined ? [refuse(view, 'nothing is selected'), []] : act(view, [first, ...others], world)
}

const paneNode = (view: ViewState): string | undefined => {
  const pane = topPane(view)
  return pane.kind === 'detail' || pane.kind === 'logs' ? pane.node : undefined
}

const selected = (view: ViewState, world: World): Row | undefined => selectedRow(view, rowsOf(view, world))

function openLogs(view: ViewState, world: World): ViewState {
  const [row] = subjects({ ...view, tags: new Map() }, world)
  if (row === undefined) return refuse(view, 'nothing is selected')
  if (row.kind !== 'node' && row.kind !== 'process') return refuse(view, 'only nodes have output')
  return openPane(view, logsPane(row.name))
}

/** The rows that an action is about: of the pane's node or process, else those that are tagged, else the selected one. */
function subjects(view: ViewState, world: World): readonly Row[] {
  const pane = topPane(view)
  if (pane.kind === 'tree') {
    const row = selected(view, world)
    return view.tags.size > 0 ? [...view.tags.values()] : row === undefined ? [] : [row]
  }
  if (pane.kind !== 'detail' && pane.kind !== 'logs') return []
  const node = nodeNamed(world.shown, pane.node)
  if (node === undefined) return []
  const process = pane.kind === 'detail' ? processRow(pane.node, pane.process, world) : undefined
  return [process ?? { kind: 'node', key: nodeKey(pane.node), name: pane.node, node, nested: false, fold: 'none' }]
}

function processRow(name: string, identity: Identity | undefined, { shown }: World): Row | undefined {
  const node = nodeNamed(shown, name)
  const process = node?.sample?.processes.find((one) => identity !== undefined && sameProcess(one, identity))
  if (node === undefined || process === undefined) return undefined
  return { kind: 'process', key: processKey(process), name, node, process, guide: '', nested: false, fold: 'none' }
}

function several<T>(list: readonly T[]): Several<T> | undefined {
  const [first, ...others] = list
  return first === undefined ? undefined : [first, ...others]
}

function askSignal(view: ViewState, rows: Several<Row>): Turn {
  const targets = several(distinct(rows.flatMap((row): readonly ProcessTarget[] => withProcess(row))))
  if (targets === undefined) return [refuse(view, `${rows[0].name} has no process to signal`), []]
  return [{ ...view, dialog: { kind: 'signals', targets, signal: 'SIGTERM' } }, []]
}

const withProcess = (row: Row): readonly ProcessTarget[] => {
  const target = 'ended' in row ? undefined : targetProcess(row)
  return target === undefined ? [] : [target]
}

/** A node and its leader, both tagged, are one process. */
function distinct(targets: readonly ProcessTarget[]): readonly ProcessTarget[] {
  const seen = new Map(targets.map((target) => [processKey(target.identity), target]))
  return [...seen.values()]
}

/** The nodes of these rows, each once; undefined with the reason when there is none. */
function nodesOf(rows: Several<Row>): readonly Target[] {
  const seen = new Map<string, Target>()
  for (const row of rows)
    if ((row.kind === 'node' && row.ended === undefined) || row.kind === 'process') seen.set(row.name, targetNode(row.name, row.node))
  return [...seen.values()]
}

function askNodes(view: ViewState, rows: Several<Row>, verb: NodeVerb): Turn {
  const targets = several(nodesOf(rows))
  if (targets === undefined) return [refuse(view, `this is no node: there is nothing to ${verb}`), []]
  return [{ ...view, dialog: { kind: 'confirm', verb, targets } }, []]
}

/** To only observe takes nothing away; limits that act again may stop a node at once, so that is asked. */
function observe(view: ViewState, rows: Several<Row>, { shown }: World): Turn {
  const names = nodesOf(rows).map(({ node }) => node)
  const acting = names.filter((name) => nodeNamed(shown, name)?.description.observe === false)
  if (acting.length === 0) return askNodes(view, rows, 'act')
  const done = `${acting.join(', ')} ${acting.length === 1 ? 'is' : 'are'} only observed from now on`
  return [view, [{ kind: 'send', commands: acting.map((node) => ({ type: 'observe', node, observe: true, by: BY })), done }]]
}

function editLimits(view: ViewState, rows: Several<Row>, nudge: 1 | -1 | undefined): Turn {
  const row = rows.find((candidate) => candidate.kind === 'node' || candidate.kind === 'process')
  if (row === undefined) return [refuse(view, 'only nodes have limits'), []]
  const editor = LIMIT_EDITORS.memory
  const typed = nudge === undefined ? undefined : editor.write(editor.nudge(limitValue(row.node, 'memory'), nudge, 1))
  return [{ ...view, dialog: { kind: 'limits', node: row.name, field: 'memory', typed } }, []]
}

/** The value that the newest edit of a limit of this node replaced, ready to be set again. */
function undoLimit(view: ViewState, rows: Several<Row>, { shown }: World): Turn {
  const row = rows.find((candidate) => candidate.kind === 'node' || candidate.kind === 'process')
  if (row === undefined) return [refuse(view, 'only nodes have limits'), []]
  const edit = shown.events.findLast(
    (event) => event.type === 'limit-changed' && event.node === row.name && event.source.kind === 'hot-edit'
  )
  const field = edit?.type === 'limit-changed' ? EDIT_FIELDS.find((candidate) => candidate === edit.field) : undefined
  if (edit?.type !== 'limit-changed' || field === undefined) return [refuse(view, `no limit of ${row.name} was edited`), []]
  return [{ ...view, dialog: { kind: 'limits', node: row.name, field, typed: LIMIT_EDITORS[field].write(edit.from) } }, []]
}

function askPairs(view: ViewState, rows: Several<Row>, verb: PairVerb): Turn {
  const pairs = several(rows.flatMap((row) => (row.kind === 'orphan' ? [row.pair] : [])))
  if (pairs === undefined) return [refuse(view, 'this is no registered orphan'), []]
  return [{ ...view, dialog: { kind: 'pairs', verb, pairs } }, []]
}
