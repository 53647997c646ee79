import type { LogWindow } from '../../session.ts'
import type { SupervisorState } from '../../store.ts'
import type { Keymap } from '../keys/keymap-of.ts'
import type { Look } from '../theme.ts'
import type { Ghosts } from './ghosts.ts'
import { layoutOf } from './layout.ts'
import type { Row } from './row.ts'
import { buildRows } from './rows.ts'
import type { ViewState } from './state.ts'
import type { Facts } from './subject.ts'

/** What a key press may look at besides the view. */
export interface World {
  /** As it is now: targets are checked against this. */
  readonly live: SupervisorState
  /** As it stands on the screen: selections refer to this. */
  readonly shown: SupervisorState
  readonly ghosts: Ghosts
  readonly facts: Facts
  readonly logs: LogWindow | undefined
  /** Wall clock, ms. */
  readonly now: number
  readonly look: Look
  readonly keymap: Keymap
  readonly readOnly: boolean
  /** Under whose authority orphans are registered. */
  readonly uid: number
  /** The supervisor is another process: leaving the screen asks nothing and stops nothing. */
  readonly attached?: boolean | undefined
  /** Whether the terminal can be given back to the shell for a while. */
  readonly canSuspend: boolean
}

/** Who asked, for receipts and the log. */
export const BY = 'keyboard'

type Arranged = Pick<ViewState, 'folded' | 'order' | 'sort' | 'filter' | 'size'>
type Seen = Pick<World, 'shown' | 'ghosts' | 'facts'>

const lastRows = { of: [] as readonly unknown[], rows: [] as readonly Row[] }

/** The rows of the tree; on a screen that is too small for more only the nodes. Those of the last call are kept: a key that moves over 5,000 rows builds none of them. */
export function rowsOf({ folded, order, sort, filter, size }: Arranged, { shown, ghosts, facts }: Seen): readonly Row[] {
  const { kind } = layoutOf(size, 0)
  const of = [shown.nodes, shown.order, shown.orphans, ghosts, facts, folded, order, sort, filter, kind]
  if (of.every((part, index) => part === lastRows.of[index])) return lastRows.rows
  const scene = { state: shown, ghosts, facts }
  lastRows.of = of
  lastRows.rows =
    kind === 'full'
      ? buildRows(scene, { folded, order, sort, filter })
      : buildRows(scene, { folded: new Set(), order: 'tree', sort, filter }).filter((row) => row.kind === 'node')
  return lastRows.rows
}
