import type { Identity } from '../../core/process/identity.ts'
import { LIMIT_EDITORS, limitValue } from '../edit/fields.ts'
import type { Action } from '../keymap.ts'
import { buildRows, nodeKey, nodeNamed, processKey, type Row } from './rows.ts'
import { selectedRow } from './selection.ts'
import { openPane, type Turn, topPane, type ViewState } from './state.ts'
import { targetNode, targetProcess } from './target.ts'
import { BY, type World } from './world.ts'

const COMMANDING: ReadonlySet<Action> = new Set(['signal', 'stop', 'start', 'restart', 'limits', 'lower', 'raise', 'observe'])

/** Actions on the node or process that the pane is about; most open a dialog that asks first. undefined: not such an action. */
export function actOnNode(view: ViewState, action: Action, world: World): Turn | undefined {
  if (action === 'receipts') return [openPane(view, { kind: 'receipts', node: paneNode(view), selected: undefined }), []]
  if (action !== 'logs' && !COMMANDING.has(action)) return undefined
  const row = subject(view, world)
  if (row === undefined) return [refuse(view, 'nothing is selected'), []]
  if (action === 'logs') return [openPane(view, { kind: 'logs', node: row.name, position: { kind: 'follow' } }), []]
  if (world.readOnly) return [refuse(view, 'read only: no commands are sent from here'), []]
  return command(view, action, row)
}

function command(view: ViewState, action: Action, row: Row): Turn {
  const { name, node } = row
  switch (action) {
    case 'signal': {
      const target = targetProcess(row)
      if (target === undefined) return [refuse(view, `${name} has no process to signal`), []]
      return [{ ...view, dialog: { kind: 'signals', target, signal: 'SIGTERM' } }, []]
    }
    case 'stop':
    case 'start':
    case 'restart':
      return [{ ...view, dialog: { kind: 'confirm', verb: action, target: targetNode(name, node) } }, []]
    case 'limits':
      return [{ ...view, dialog: { kind: 'limits', node: name, field: 'memory', typed: undefined } }, []]
    case 'lower':
    case 'raise': {
      const editor = LIMIT_EDITORS.memory
      const typed = editor.write(editor.nudge(limitValue(node, 'memory'), action === 'raise' ? 1 : -1, 1))
      return [{ ...view, dialog: { kind: 'limits', node: name, field: 'memory', typed } }, []]
    }
    default: {
      const observe = !node.description.observe
      const done = observe ? `${name} is only observed from now on` : `limits act on ${name} again`
      return [view, [{ kind: 'send', command: { type: 'observe', node: name, observe, by: BY }, done }]]
    }
  }
}

const refuse = (view: ViewState, text: string): ViewState => ({ ...view, notice: { tone: 'alarm', text } })

const paneNode = (view: ViewState): string | undefined => {
  const pane = topPane(view)
  return pane.kind === 'detail' || pane.kind === 'logs' ? pane.node : undefined
}

/** The row that an action is about: of the pane's node or process, else the selected one. */
function subject(view: ViewState, { shown }: World): Row | undefined {
  const pane = topPane(view)
  if (pane.kind === 'tree') return selectedRow(view, buildRows(shown, view.folded, view.order))
  if (pane.kind !== 'detail' && pane.kind !== 'logs') return undefined
  const node = nodeNamed(shown, pane.node)
  if (node === undefined) return undefined
  const process = pane.kind === 'detail' ? processRow(pane.node, pane.process, shown) : undefined
  return process ?? { kind: 'node', key: nodeKey(pane.node), name: pane.node, node, fold: 'none' }
}

const processRow = (name: string, process: Identity | undefined, shown: World['shown']): Row | undefined =>
  process === undefined
    ? undefined
    : buildRows(shown, new Set(), 'tree').find((row) => row.name === name && row.key === processKey(process))
