import type { SupervisorState } from '../../src/store.ts'
import { createKeymap } from '../../src/ui/keys/keymap-of.ts'
import { createLook } from '../../src/ui/theme.ts'
import { NO_GHOSTS } from '../../src/ui/view/ghosts.ts'
import { press } from '../../src/ui/view/press.ts'
import { selectedRow } from '../../src/ui/view/selection.ts'
import { type Effect, initialView, type ViewState } from '../../src/ui/view/state.ts'
import { rowsOf, type World } from '../../src/ui/view/world.ts'
import { fakeState, NOW } from './fake-session.ts'

const look = createLook({ color: false, ascii: false })
const keymap = createKeymap()

/** What keys may look at, as it is unless `changes` say otherwise. */
export const worldOf = (live: SupervisorState = fakeState(), changes: Partial<World> = {}): World => ({
  live,
  shown: live,
  ghosts: NO_GHOSTS,
  facts: new Map(),
  logs: undefined,
  now: NOW,
  look,
  keymap,
  readOnly: false,
  uid: 1000,
  canSuspend: true,
  ...changes
})

export interface Played {
  readonly view: ViewState
  readonly effects: readonly Effect[]
}

/** Presses these keys one after the other. */
export function play(keys: readonly string[], world: World = worldOf(), from: ViewState = initialView({ columns: 120, rows: 40 })): Played {
  let view = from
  const effects: Effect[] = []
  for (const key of keys) {
    const [next, more] = press(view, { kind: 'key', key }, world)
    view = next
    effects.push(...more)
  }
  return { view, effects }
}

/** What is sent to the supervisor, in order. */
export const commandsOf = (effects: readonly Effect[]) => effects.flatMap((effect) => (effect.kind === 'send' ? effect.commands : []))

/** Keys of the rows, as they stand. */
export const rowKeys = (view: ViewState, world: World): readonly string[] => rowsOf(view, world).map((row) => row.key)

export const selectedKey = (view: ViewState, world: World): string | undefined => selectedRow(view, rowsOf(view, world))?.key

/** Text as the keys that type it. */
export const typed = (text: string): readonly string[] => [...text].map((character) => (character === ' ' ? 'space' : character))
