import { FIELD_NAMES } from './view/filter-fields.ts'

/** Where a key is pressed: each place has its own meaning of the keys. */
export type Place =
  | 'tree'
  | 'detail'
  | 'logs'
  | 'receipts'
  | 'text'
  | 'signals'
  | 'confirm'
  | 'limits'
  | 'quit'
  | 'sort'
  | 'reload'
  | 'register'
  | 'palette'
  | 'filter'
  | 'search'

export type Group = 'MOVE' | 'FIND' | 'ACT' | 'SEE' | 'LEAVE' | 'ANSWER'

export interface Binding<A extends string = string> {
  readonly action: A
  /** As input/decode.ts names them; none: only by its name in the palette. */
  readonly keys: readonly string[]
  readonly places: readonly Place[]
  readonly group: Group
  /** For the footer; empty: not there. */
  readonly short: string
  /** For the help, the palette and the README. */
  readonly long: string
}

const PANES: readonly Place[] = ['tree', 'detail', 'logs', 'receipts', 'text']
const ABOVE: readonly Place[] = ['detail', 'logs', 'receipts', 'text']
const TREE: readonly Place[] = ['tree']
const LOGS: readonly Place[] = ['logs']
const OF_A_NODE: readonly Place[] = ['tree', 'detail', 'logs']
const MENUS: readonly Place[] = ['signals', 'quit', 'sort']
const FIELDS: readonly Place[] = ['limits', 'register', 'palette', 'filter', 'search']
const ANSWERED: readonly Place[] = ['signals', 'confirm', 'limits', 'quit', 'sort', 'reload', 'register', 'palette', 'filter', 'search']
const EVERYWHERE: readonly Place[] = [...PANES, ...ANSWERED]

const row = <const A extends string>(
  group: Group,
  action: A,
  keys: readonly string[],
  places: readonly Place[],
  short: string,
  long: string
): Binding<A> => ({ action, keys, places, group, short, long })

/**
 * The one table of keys: it drives the input, the footer, the help, the palette, what may be remapped in the configuration,
 * and the README. The footer shows them in this order. Each action stands once, those that answer a dialog (ANSWER) as often as needed.
 */
const TABLE = [
  row('LEAVE', 'help', ['f1', '?'], PANES, 'help', 'this help'),
  row('MOVE', 'back', ['escape'], ABOVE, 'back', 'back to the pane below'),
  row('MOVE', 'open', ['enter'], ['tree', 'receipts'], 'details', 'details of the row'),
  row('ACT', 'signal', ['k', 'f9'], OF_A_NODE, 'signal', 'send a signal to the process (asks which; SIGTERM first)'),
  row('FIND', 'filter', ['\\', 'f4'], TREE, 'filter', `filter: text, or FIELD:VALUE (${FIELD_NAMES.join(' ')}); ! inverts`),
  row('FIND', 'sort', ['f6'], TREE, 'sort', 'choose what the rows are sorted by'),
  row('ACT', 'limits', ['e'], OF_A_NODE, 'limits', 'edit limits: memory, CPU, latency, respawns'),
  row('SEE', 'logs', ['L'], ['tree', 'detail'], 'logs', 'output of the node, as it comes'),
  row(
    'FIND',
    'search',
    ['/', 'f3'],
    ['tree', 'logs'],
    'search',
    'search among the rows, as the filter matches them; in the output: text, upwards, in any case unless it has a capital'
  ),
  row('SEE', 'wrap', ['W'], LOGS, 'wrap', 'wrap long lines of the output, or cut them'),
  row('SEE', 'times', ['t'], LOGS, 'times', 'times of the output: of day, to the millisecond, how long ago, none'),
  row('SEE', 'streams', ['s'], LOGS, 'streams', 'which output: both streams, only stdout, only stderr'),
  row('ACT', 'stop', ['x'], OF_A_NODE, 'stop', 'stop the node and its whole tree (asks)'),
  row('ACT', 'start', ['o'], OF_A_NODE, 'start', 'start the node (asks)'),
  row('ACT', 'restart', ['R'], OF_A_NODE, 'restart', 'restart the node when its tree is empty (asks)'),
  row('SEE', 'receipts', ['v'], OF_A_NODE, 'receipts', 'view receipts: every stop and its reasons'),
  row('ACT', 'observe', ['w'], OF_A_NODE, 'observe', 'observe only: measure, write receipts, stop nothing (and back, which asks)'),
  row('SEE', 'flat', ['t', 'f5'], TREE, 'flat', 'tree, or all processes in one list'),
  row('SEE', 'palette', [':'], PANES, 'command', 'every action by its name'),
  row('SEE', 'pause', ['Z'], PANES, 'pause', 'pause the screen (not the supervision)'),
  row('LEAVE', 'quit', ['q', 'f10'], PANES, 'quit', 'quit: asks whether to stop everything or to keep running'),
  row('MOVE', 'up', ['up', 'ctrl-p'], [...PANES, ...MENUS, ...FIELDS], '', 'up'),
  row('MOVE', 'down', ['down', 'ctrl-n'], [...PANES, ...MENUS, ...FIELDS], '', 'down'),
  row('MOVE', 'page-up', ['pageup'], [...PANES, 'filter', 'search'], '', 'a page up'),
  row('MOVE', 'page-down', ['pagedown'], [...PANES, 'filter', 'search'], '', 'a page down'),
  row('MOVE', 'first', ['home', 'g'], PANES, '', 'to the first'),
  row('MOVE', 'last', ['end', 'G'], PANES, '', 'to the last; in the output: follow'),
  row('MOVE', 'scroll-left', ['left'], LOGS, '', 'in the output, where lines are cut: to their left'),
  row('MOVE', 'scroll-right', ['right'], LOGS, '', 'to their right'),
  row('MOVE', 'fold', ['left', '-'], TREE, '', 'fold, or up to what holds the row'),
  row('MOVE', 'unfold', ['right', '+'], TREE, '', 'unfold'),
  row('MOVE', 'fold-toggle', ['*'], TREE, '', 'fold everything, or unfold it'),
  row('MOVE', 'fold-all', [], TREE, '', 'fold everything'),
  row('MOVE', 'unfold-all', [], TREE, '', 'unfold everything'),
  row('FIND', 'clear', ['escape'], TREE, '', 'take filter, search and tags away'),
  row('MOVE', 'follow', ['F'], TREE, '', 'whether the screen moves along with the selected row'),
  row('FIND', 'search-next', ['n'], ['tree', 'logs'], '', 'to the next row that was searched for; in the output: the next line above'),
  row('FIND', 'search-previous', ['N'], ['tree', 'logs'], '', 'to the one before; in the output: the next one below'),
  row('FIND', 'sort-cpu', ['P'], TREE, '', 'sort by CPU'),
  row('FIND', 'sort-memory', ['M'], TREE, '', 'sort by memory'),
  row('FIND', 'sort-time', ['T'], TREE, '', 'sort by CPU time used'),
  row('FIND', 'sort-invert', ['I'], TREE, '', 'turn the order round'),
  row('FIND', 'tag', ['space'], TREE, '', 'tag the row: actions are for all that are tagged'),
  row('FIND', 'untag-all', ['U'], TREE, '', 'untag all'),
  row('ACT', 'undo', ['ctrl-u'], OF_A_NODE, '', 'take the last edit of a limit back (shown before it is set)'),
  row('ACT', 'lower', ['['], [...OF_A_NODE, 'limits'], '', 'nudge the limit under the cursor down (shown before it is set)'),
  row('ACT', 'raise', [']'], [...OF_A_NODE, 'limits'], '', 'nudge it up'),
  row('ACT', 'register', ['r'], TREE, '', 'register an orphan: a child that ends when its parent dies (asks which)'),
  row('ACT', 'unregister', ['u'], TREE, '', 'unregister the orphan (asks)'),
  row('ACT', 'end-orphan', ['E'], TREE, '', 'end the orphan now, as if its parent had died (asks)'),
  row('ACT', 'reload', [], PANES, '', 'read the configuration again (shows the difference first)'),
  row('SEE', 'checks', ['c'], TREE, '', 'process checks: how each rule stands, and who breaks it'),
  row('SEE', 'run', ['i'], TREE, '', 'about this run: settings, what this machine lacks, warnings'),
  row('SEE', 'theme-default', [], PANES, '', 'theme: in the colours of your terminal'),
  row('SEE', 'theme-high-contrast', [], PANES, '', 'theme: bright and bold, nothing faint'),
  row('SEE', 'theme-monochrome', [], PANES, '', 'theme: no colours'),
  row('SEE', 'copy', ['y'], PANES, '', 'copy the row, or what the pane shows, to the clipboard of the terminal (OSC 52)'),
  row('SEE', 'redraw', ['ctrl-l'], EVERYWHERE, '', 'redraw the screen'),
  row('LEAVE', 'suspend', ['ctrl-z'], EVERYWHERE, '', 'back to the shell; the supervision goes on'),
  row('LEAVE', 'interrupt', ['ctrl-c'], EVERYWHERE, '', 'quit; again: stop everything; again: kill'),
  row('ANSWER', 'accept', ['enter'], ANSWERED, 'do it', 'do it'),
  row('ANSWER', 'save', ['ctrl-s'], ['limits'], 'save', 'set the limit, and write the edited limits into the configuration file'),
  row('ANSWER', 'accept', ['y'], ['confirm'], '', 'do it'),
  row('ANSWER', 'cancel', ['escape'], ANSWERED, 'cancel', 'cancel'),
  row('ANSWER', 'cancel', ['n', 'q'], ['confirm', 'signals', 'quit', 'sort', 'reload'], '', 'cancel'),
  row('ANSWER', 'complete', ['tab'], ['palette', 'register'], 'next', 'the next field, or the rest of the word'),
  row('ANSWER', 'field-before', ['shift-tab'], ['register'], '', 'the field before'),
  row('ANSWER', 'choose-stop', ['s'], ['quit'], '', 'stop everything'),
  row('ANSWER', 'choose-leave', ['k', 'd'], ['quit'], '', 'keep running without the screen')
] as const

export type Action = (typeof TABLE)[number]['action']

export const KEYMAP: readonly Binding<Action>[] = TABLE

/** What may be typed where there is a field; keys that are such a character are text there, whatever they mean elsewhere. */
export const FIELD_TEXT: Readonly<Partial<Record<Place, RegExp>>> = {
  limits: /^[0-9A-Za-z.% ]$/u,
  register: /^[^\p{C}]$/u,
  palette: /^[^\p{C}]$/u,
  filter: /^[^\p{C}]$/u,
  search: /^[^\p{C}]$/u
}
