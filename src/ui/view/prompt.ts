import type { Action } from '../keymap.ts'
import { parseFilter } from './filter.ts'
import { findRow } from './find.ts'
import { layoutOf } from './layout.ts'
import { moved } from './move.ts'
import { noneOf, scrolled, searching } from './press-logs.ts'
import { select, selectedIndex } from './selection.ts'
import { type Prompt, refuse, replacePane, topPane, type ViewState } from './state.ts'
import { rowsOf, type World } from './world.ts'

const LONGEST = 200

/** Opens the line below the tree. */
export function openPrompt(view: ViewState, kind: 'filter' | 'search'): ViewState {
  if (kind === 'filter') return { ...view, prompt: { kind, text: view.filter?.text ?? '', before: view.filter } }
  return { ...view, prompt: { kind, text: '', before: { selection: view.selection, top: view.top } } }
}

/** The tree, or the output, follows while it is typed. */
export function typeInPrompt(view: ViewState, prompt: Prompt, change: (text: string) => string, world: World): ViewState {
  const text = change(prompt.text).slice(0, LONGEST)
  if (prompt.kind === 'filter') return reselect({ ...view, prompt: { ...prompt, text }, filter: parseFilter(text) }, world)
  if (prompt.kind === 'find') return searching({ ...view, prompt: { ...prompt, text } }, prompt.before, text, world)
  const next: ViewState = { ...view, ...prompt.before, prompt: { ...prompt, text } }
  return text.trim() === '' ? next : (findRow(next, text, 'here', world) ?? next)
}

/** A key in the line that is no text: Enter keeps what it led to, Esc takes it back, and the rows can be moved over meanwhile. */
export function pressPrompt(view: ViewState, prompt: Prompt, action: Action, world: World): ViewState {
  const closed: ViewState = { ...view, prompt: undefined }
  if (prompt.kind === 'find') return pressFind(closed, prompt, action, world)
  if (action === 'cancel')
    return prompt.kind === 'filter' ? reselect({ ...closed, filter: prompt.before }, world) : { ...closed, ...prompt.before }
  if (action === 'accept') return prompt.kind === 'filter' ? closed : searched(closed, prompt.text, world)
  const rows = rowsOf(view, world)
  return select(view, rows, moved(selectedIndex(view, rows), action, layoutOf(view.size, rows.length).tree, rows.length - 1))
}

function pressFind(closed: ViewState, prompt: Extract<Prompt, { readonly kind: 'find' }>, action: Action, world: World): ViewState {
  if (action === 'cancel') return replacePane(closed, prompt.before)
  const pane = topPane(closed)
  if (pane.kind !== 'logs') return closed
  if (action !== 'accept') return { ...scrolled(closed, pane, action, world), prompt }
  if (prompt.text === '' || pane.search?.at !== undefined) return closed
  return refuse(replacePane(closed, prompt.before), noneOf(prompt.text))
}

function searched(view: ViewState, text: string, world: World): ViewState {
  if (text.trim() === '') return view
  const next = { ...view, search: text }
  return findRow(next, text, 'here', world) === undefined ? refuse(next, `no row matches ${text.trim()}`) : next
}

/** Keeps the selected row in sight after the rows changed. */
export function reselect(view: ViewState, world: World): ViewState {
  const rows = rowsOf(view, world)
  return view.selection === undefined ? { ...view, top: 0 } : select(view, rows, selectedIndex(view, rows))
}
