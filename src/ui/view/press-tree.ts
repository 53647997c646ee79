import type { Action } from '../keymap.ts'
import { findRow } from './find.ts'
import { layoutOf } from './layout.ts'
import { moved } from './move.ts'
import { openPrompt, reselect } from './prompt.ts'
import { depthOf, identityOf, type Row } from './row.ts'
import { foldable } from './rows.ts'
import { select, selectedIndex } from './selection.ts'
import { SORT_NAMES, type SortKey } from './sort.ts'
import { openPane, refuse, tell, type ViewState } from './state.ts'
import { toggleTag } from './tags.ts'
import { rowsOf, type World } from './world.ts'

type Press = (view: ViewState, world: World) => ViewState

const PRESSES: Readonly<Partial<Record<Action, Press>>> = {
  open,
  clear: (view, world) => reselect({ ...view, filter: undefined, search: '', tags: new Map() }, world),
  fold,
  unfold: (view, world) => onSelected(view, world, (row) => ({ ...view, folded: without(view.folded, row.key) })),
  'fold-toggle': (view, world) => foldAll(view, world, view.folded.size === 0),
  'fold-all': (view, world) => foldAll(view, world, true),
  'unfold-all': (view, world) => foldAll(view, world, false),
  follow: (view) =>
    tell({ ...view, follow: !view.follow }, view.follow ? 'the screen stays where it is' : 'the screen follows the selected row'),
  filter: (view) => openPrompt(view, 'filter'),
  search: (view) => openPrompt(view, 'search'),
  'search-next': (view, world) => searchOn(view, 'next', world),
  'search-previous': (view, world) => searchOn(view, 'previous', world),
  sort: (view) => ({ ...view, dialog: { kind: 'sort', choice: view.sort.by } }),
  'sort-cpu': (view, world) => sortBy(view, 'cpu', world),
  'sort-memory': (view, world) => sortBy(view, 'memory', world),
  'sort-time': (view, world) => sortBy(view, 'time', world),
  'sort-invert': (view, world) => {
    const sort = { ...view.sort, inverted: !view.sort.inverted }
    return reselect(tell({ ...view, sort }, `sorted ${SORT_NAMES[sort.by]}${sort.inverted ? ', the other way round' : ''}`), world)
  },
  flat: (view, world) => reselect({ ...view, order: view.order === 'tree' ? 'flat' : 'tree' }, world),
  tag: (view, world) => toggleTag(view, rowsOf(view, world)),
  'untag-all': (view) => ({ ...view, tags: new Map() })
}

/** A key in the tree that only changes what is seen of it. */
export const pressTree = (view: ViewState, action: Action, world: World): ViewState => (PRESSES[action] ?? move(action))(view, world)

const move =
  (action: Action): Press =>
  (view, world) => {
    const rows = rowsOf(view, world)
    const { tree } = layoutOf(view.size, rows.length)
    return select(view, rows, moved(placeToMoveFrom(view, rows, tree), action, tree, rows.length - 1))
  }

/** The selected row; where the screen does not follow it and it is out of sight, the nearest one that is seen. */
function placeToMoveFrom(view: ViewState, rows: readonly Row[], height: number): number {
  const at = selectedIndex(view, rows)
  return view.follow ? at : Math.min(Math.max(at, view.top), view.top + height - 1)
}

function onSelected(view: ViewState, world: World, change: (row: Row) => ViewState): ViewState {
  const rows = rowsOf(view, world)
  const row = rows[selectedIndex(view, rows)]
  return row === undefined ? view : change(row)
}

function open(view: ViewState, world: World): ViewState {
  return onSelected(view, world, (row) => {
    if (row.kind === 'node' || row.kind === 'process')
      return openPane(view, { kind: 'detail', node: row.name, process: identityOf(row), top: 0 })
    if (row.kind === 'orphan') return openPane(view, { kind: 'pair', pair: row.key, top: 0 })
    return row.fold === 'folded' ? { ...view, folded: without(view.folded, row.key) } : row.fold === 'open' ? folding(view, row) : view
  })
}

const folding = (view: ViewState, row: Row): ViewState => ({ ...view, folded: new Set([...view.folded, row.key]) })

/** Folds an open row; from any other one it goes to the row above that holds it. */
function fold(view: ViewState, world: World): ViewState {
  const rows = rowsOf(view, world)
  const at = selectedIndex(view, rows)
  const row = rows[at]
  if (row === undefined) return view
  if (row.fold === 'open') return folding(view, row)
  const holder = rows.findLastIndex((candidate, index) => index < at && depthOf(candidate) < depthOf(row))
  return holder === -1 ? view : select(view, rows, holder)
}

const without = (folded: ReadonlySet<string>, key: string): ReadonlySet<string> => new Set([...folded].filter((other) => other !== key))

function foldAll(view: ViewState, world: World, isFolding: boolean): ViewState {
  const { shown: state, ghosts, facts } = world
  return reselect({ ...view, folded: new Set(isFolding ? foldable({ state, ghosts, facts }) : []) }, world)
}

function sortBy(view: ViewState, by: SortKey, world: World): ViewState {
  return reselect(tell({ ...view, sort: { by, inverted: false } }, `sorted by ${SORT_NAMES[by]}`), world)
}

function searchOn(view: ViewState, direction: 'next' | 'previous', world: World): ViewState {
  if (view.search.trim() === '') return refuse(view, 'nothing was searched for yet')
  return findRow(view, view.search, direction, world) ?? refuse(view, `no row matches ${view.search.trim()}`)
}
