import type { Action } from '../keymap.ts'
import { paneHeight } from '../panes/content.ts'
import { type Direction, foundIn } from './log-find.ts'
import { type LogsPane, STREAMS, TIMES, textColumns } from './log-lines.ts'
import { bottomOf, heldAt, type LogFrame, scrollOf, widestOf } from './log-place.ts'
import { endOf, isBefore, placesAbove, type Scroll, settled, stepped } from './log-scroll.ts'
import { refuse, replacePane, tell, type ViewState } from './state.ts'
import type { World } from './world.ts'

type Logged = Pick<World, 'logs' | 'look'>

/** What this screen can show of output. */
export const frameOfLogs = (view: ViewState, { look }: Pick<World, 'look'>): LogFrame => ({
  style: view.logs,
  columns: view.size.columns,
  height: paneHeight(view),
  ascii: look.ascii
})

const TIMES_SAID = { clock: 'clock times', precise: 'times to the millisecond', age: 'how long ago', none: 'no times' } as const
const STREAMS_SAID = { both: 'both streams', stdout: 'only stdout', stderr: 'only stderr' } as const

/** A key in the output of a node. */
export function pressLogs(view: ViewState, pane: LogsPane, action: Action, world: Logged): ViewState {
  switch (action) {
    case 'wrap':
      return { ...view, logs: { ...view.logs, wrap: !view.logs.wrap } }
    case 'times': {
      const times = nextOf(TIMES, view.logs.times)
      return tell({ ...view, logs: { ...view.logs, times } }, TIMES_SAID[times])
    }
    case 'streams': {
      const streams = nextOf(STREAMS, pane.streams)
      return tell(replacePane(view, { ...pane, streams }), STREAMS_SAID[streams])
    }
    case 'search':
      return { ...view, prompt: { kind: 'find', text: '', before: pane } }
    case 'search-next':
      return searchOn(view, pane, 'above', world)
    case 'search-previous':
      return searchOn(view, pane, 'below', world)
    case 'scroll-left':
    case 'scroll-right':
      return sidewards(view, pane, action, world)
    case 'back':
      return pane.search === undefined ? { ...view, panes: view.panes.slice(0, -1) } : replacePane(view, { ...pane, search: undefined })
    default:
      return scrolled(view, pane, action, world)
  }
}

const nextOf = <T>(list: readonly [T, ...T[]], present: T): T => list[(list.indexOf(present) + 1) % list.length] ?? list[0]

/** Up and down by rows of the screen; at its end the output is followed again. */
export function scrolled(view: ViewState, pane: LogsPane, action: Action, world: Logged): ViewState {
  const scroll = scrollOf(pane, world.logs, frameOfLogs(view, world))
  const bottom = bottomOf(pane, scroll)
  const page = Math.max(1, scroll.height - 1)
  const steps: Readonly<Partial<Record<Action, number>>> = { up: -1, down: 1, 'page-up': -page, 'page-down': page }
  const by = steps[action]
  if (by !== undefined) return replacePane(view, { ...pane, position: positionAt(scroll, settled(scroll, stepped(scroll, bottom, by))) })
  if (action === 'first') return replacePane(view, { ...pane, position: positionAt(scroll, settled(scroll, { line: 0, row: 0 })) })
  return action === 'last' ? replacePane(view, { ...pane, position: { kind: 'follow' } }) : view
}

const positionAt = (scroll: Scroll, place: ReturnType<typeof bottomOf>): LogsPane['position'] =>
  isBefore(place, endOf(scroll)) ? heldAt(scroll, place) : { kind: 'follow' }

/** Half of what is shown of a line at a time, as far as the lines in sight go. */
function sidewards(view: ViewState, pane: LogsPane, action: 'scroll-left' | 'scroll-right', world: Logged): ViewState {
  const frame = frameOfLogs(view, world)
  if (frame.style.wrap) return refuse(view, 'the lines are wrapped: nothing is left out')
  const width = textColumns(frame.style, frame.columns)
  const step = Math.floor(width / 2)
  if (action === 'scroll-left') return replacePane(view, { ...pane, shift: Math.max(0, pane.shift - step) })
  const scroll = scrollOf(pane, world.logs, frame)
  const inSight = placesAbove(scroll, bottomOf(pane, scroll)).flatMap(({ line }) => scroll.lines[line] ?? [])
  const furthest = Math.max(pane.shift, widestOf(inSight, frame.ascii) - width)
  return replacePane(view, { ...pane, shift: Math.min(furthest, pane.shift + step) })
}

function searchOn(view: ViewState, pane: LogsPane, direction: Direction, world: Logged): ViewState {
  if (pane.search === undefined) return refuse(view, 'nothing was searched for yet')
  const { text } = pane.search
  const found = foundIn(pane, text, direction, world.logs, frameOfLogs(view, world))
  return found === undefined ? refuse(view, noneOf(text)) : replacePane(view, found)
}

export const noneOf = (text: string): string => `no line matches ${text}`

/** The pane while its search is typed: at the nearest match at or above what was shown before. */
export function searching(view: ViewState, before: LogsPane, text: string, world: Logged): ViewState {
  if (text === '') return replacePane(view, before)
  const found = foundIn(before, text, 'here', world.logs, frameOfLogs(view, world))
  return replacePane(view, found ?? { ...before, search: { text, at: undefined } })
}
