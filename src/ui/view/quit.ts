import type { Effect, Turn, ViewState } from './state.ts'
import { BY, type World } from './world.ts'

/** The question before the screen goes. Who only looks on, or is attached, just leaves. */
export function askQuit(view: ViewState, world: World): Turn {
  if (world.readOnly || world.attached) return leave(view)
  return [{ ...view, prompt: undefined, dialog: { kind: 'quit', choice: 'stop' } }, []]
}

export const leave = (view: ViewState): Turn => [{ ...view, dialog: undefined }, [{ kind: 'quit', choice: 'keep-running' }]]

/** Asks for a graceful end of everything; asked again, or while it already ends, kills. */
export function stopEverything(view: ViewState, world: World): Turn {
  if (world.readOnly) return leave(view)
  const again = view.stopsAsked > 0 || world.live.run.shutdown !== undefined
  const send: Effect = {
    kind: 'send',
    commands: [{ type: 'shutdown', force: again, by: BY }],
    done: again ? 'killing what is left' : 'stopping everything'
  }
  const effects: Effect[] = view.stopsAsked === 0 ? [send, { kind: 'quit', choice: 'stop' }] : [send]
  return [{ ...view, dialog: undefined, stopsAsked: view.stopsAsked + 1 }, effects]
}
