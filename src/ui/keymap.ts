/** Where a key is pressed: each place has its own meaning of the keys. */
export type Place = 'tree' | 'detail' | 'logs' | 'receipts' | 'text' | 'signals' | 'confirm' | 'limits' | 'quit'

export type Action =
  | 'up'
  | 'down'
  | 'page-up'
  | 'page-down'
  | 'first'
  | 'last'
  | 'fold'
  | 'unfold'
  | 'fold-all'
  | 'open'
  | 'back'
  | 'signal'
  | 'stop'
  | 'start'
  | 'restart'
  | 'limits'
  | 'lower'
  | 'raise'
  | 'observe'
  | 'flat'
  | 'pause'
  | 'redraw'
  | 'logs'
  | 'receipts'
  | 'run'
  | 'help'
  | 'quit'
  | 'interrupt'
  | 'suspend'
  | 'accept'
  | 'cancel'
  | 'choose-stop'
  | 'choose-leave'

export interface Binding {
  readonly action: Action
  /** As input/decode.ts names them. */
  readonly keys: readonly string[]
  readonly places: readonly Place[]
  /** For the footer; empty: not there. */
  readonly short: string
  /** For the help. */
  readonly long: string
}

const PANES: readonly Place[] = ['tree', 'detail', 'logs', 'receipts', 'text']
const OF_A_NODE: readonly Place[] = ['tree', 'detail', 'logs']
const DIALOGS: readonly Place[] = ['signals', 'confirm', 'limits', 'quit']
const CHOICES: readonly Place[] = ['signals', 'limits', 'quit']

/** The one table of keys: it drives the input, the footer and the help. The footer shows them in this order. */
export const KEYMAP: readonly Binding[] = [
  { action: 'help', keys: ['f1', '?'], places: PANES, short: 'help', long: 'this help' },
  { action: 'back', keys: ['escape'], places: ['detail', 'logs', 'receipts', 'text'], short: 'back', long: 'back' },
  { action: 'open', keys: ['enter'], places: ['tree', 'receipts'], short: 'details', long: 'details of the row' },
  {
    action: 'signal',
    keys: ['k', 'f9'],
    places: OF_A_NODE,
    short: 'signal',
    long: 'send a signal to the process (asks which; SIGTERM first)'
  },
  { action: 'limits', keys: ['e'], places: OF_A_NODE, short: 'limits', long: 'edit limits: memory, CPU, latency, respawns' },
  { action: 'logs', keys: ['L'], places: ['tree', 'detail'], short: 'logs', long: 'output of the node, as it comes' },
  { action: 'stop', keys: ['x'], places: OF_A_NODE, short: 'stop', long: 'stop the node and its whole tree (asks)' },
  { action: 'start', keys: ['o'], places: OF_A_NODE, short: 'start', long: 'start the node (asks)' },
  { action: 'restart', keys: ['R'], places: OF_A_NODE, short: 'restart', long: 'restart the node when its tree is empty (asks)' },
  { action: 'receipts', keys: ['v'], places: OF_A_NODE, short: 'receipts', long: 'view receipts: every stop and its reasons' },
  {
    action: 'observe',
    keys: ['w'],
    places: OF_A_NODE,
    short: 'observe',
    long: 'observe only: measure, write receipts, stop nothing (and back)'
  },
  { action: 'flat', keys: ['t', 'f5'], places: ['tree'], short: 'flat', long: 'tree, or all processes by their CPU' },
  { action: 'pause', keys: ['Z'], places: PANES, short: 'pause', long: 'pause the screen (not the supervision)' },
  { action: 'quit', keys: ['q', 'f10'], places: PANES, short: 'quit', long: 'quit: asks whether to stop everything or to keep running' },
  { action: 'up', keys: ['up', 'ctrl-p'], places: [...PANES, ...CHOICES], short: '', long: 'up' },
  { action: 'down', keys: ['down', 'ctrl-n'], places: [...PANES, ...CHOICES], short: '', long: 'down' },
  { action: 'page-up', keys: ['pageup'], places: PANES, short: '', long: 'a page up' },
  { action: 'page-down', keys: ['pagedown'], places: PANES, short: '', long: 'a page down' },
  { action: 'first', keys: ['home', 'g'], places: PANES, short: '', long: 'to the first' },
  { action: 'last', keys: ['end', 'G'], places: PANES, short: '', long: 'to the last; in the output: follow' },
  { action: 'fold', keys: ['left', '-'], places: ['tree'], short: '', long: 'fold' },
  { action: 'unfold', keys: ['right', '+'], places: ['tree'], short: '', long: 'unfold' },
  { action: 'fold-all', keys: ['*'], places: ['tree'], short: '', long: 'fold or unfold everything' },
  {
    action: 'lower',
    keys: ['['],
    places: [...OF_A_NODE, 'limits'],
    short: '',
    long: 'nudge the limit under the cursor down (shown before it is set)'
  },
  { action: 'raise', keys: [']'], places: [...OF_A_NODE, 'limits'], short: '', long: 'nudge it up' },
  { action: 'run', keys: ['i'], places: ['tree'], short: '', long: 'about this run: settings, what this machine lacks, warnings' },
  { action: 'redraw', keys: ['ctrl-l'], places: [...PANES, ...DIALOGS], short: '', long: 'redraw the screen' },
  { action: 'suspend', keys: ['ctrl-z'], places: [...PANES, ...DIALOGS], short: '', long: 'back to the shell; the supervision goes on' },
  { action: 'interrupt', keys: ['ctrl-c'], places: [...PANES, ...DIALOGS], short: '', long: 'quit; again: stop everything; again: kill' },
  { action: 'accept', keys: ['enter'], places: DIALOGS, short: 'do it', long: 'do it' },
  { action: 'accept', keys: ['y'], places: ['confirm'], short: '', long: 'do it' },
  { action: 'cancel', keys: ['escape'], places: DIALOGS, short: 'cancel', long: 'cancel' },
  { action: 'cancel', keys: ['n', 'q'], places: ['confirm', 'signals', 'quit'], short: '', long: 'cancel' },
  { action: 'choose-stop', keys: ['s'], places: ['quit'], short: '', long: 'stop everything' },
  { action: 'choose-leave', keys: ['k'], places: ['quit'], short: '', long: 'keep running without the screen' }
]

/** What this key means here; undefined: nothing. */
export const actionFor = (place: Place, key: string): Action | undefined =>
  KEYMAP.find((binding) => binding.places.includes(place) && binding.keys.includes(key))?.action

const SPOKEN: Readonly<Record<string, string>> = {
  up: 'Up',
  down: 'Down',
  left: 'Left',
  right: 'Right',
  pageup: 'PgUp',
  pagedown: 'PgDn',
  home: 'Home',
  end: 'End',
  enter: 'Enter',
  escape: 'Esc',
  space: 'Space'
}

/** A key as a person reads it: `Enter`, `^N`, `F9`, `k`. */
export function spokenKey(key: string): string {
  if (key.startsWith('ctrl-')) return `^${key.slice(5).toUpperCase()}`
  return SPOKEN[key] ?? (/^f\d+$/.test(key) ? key.toUpperCase() : key)
}
