import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Cancel, Clock } from '../core/ports.ts'
import type { Shown } from './components/props.ts'
import type { ViewState } from './view/state.ts'

/** At most 30 frames a second (terminal: behaviour over SSH). */
const APART_MS = 34

/** What one frame is drawn from. */
export interface Frame {
  readonly view: ViewState
  readonly shown: Shown
}

export interface Frames {
  readonly frame: StoreApi<Frame>
  close(): void
}

/**
 * Frames that are worth drawing (`isNews`, given the last one drawn): the first change is drawn at once, those that follow within
 * a thirtieth of a second together.
 */
export function createFrames(
  view: StoreApi<ViewState>,
  shown: StoreApi<Shown>,
  clock: Clock,
  isNews: (last: Frame, next: Frame) => boolean = () => true
): Frames {
  const latest = (): Frame => ({ view: view.getState(), shown: shown.getState() })
  const frame = createStore<Frame>(latest)
  let drawnAt = Number.NEGATIVE_INFINITY
  let waiting: 'no' | 'yes' = 'no'
  let cancel: Cancel = () => undefined

  const draw = (): void => {
    if (waiting === 'no') return
    waiting = 'no'
    drawnAt = clock.now()
    frame.setState(latest(), true)
  }
  const changed = (): void => {
    if (waiting === 'yes' || !isNews(frame.getState(), latest())) return
    waiting = 'yes'
    const left = drawnAt + APART_MS - clock.now()
    if (left > 0) cancel = clock.after(left, draw)
    // a key changes the view and takes fresh data: that is one frame
    else queueMicrotask(draw)
  }
  const unsubscribers = [view.subscribe(changed), shown.subscribe(changed)]
  return {
    frame,
    close() {
      waiting = 'no'
      cancel()
      for (const unsubscribe of unsubscribers) unsubscribe()
    }
  }
}
