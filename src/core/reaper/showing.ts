import type { Emit, OrphanAsker } from '../events.ts'
import type { Cancel, Clock } from '../ports.ts'
import type { Identity } from '../process/identity.ts'
import type { OrphanPair } from '../queries.ts'
import type { Deaths } from './deaths.ts'
import type { Registration, Registry } from './registry.ts'
import type { Window } from './window.ts'

/** Why a pair is not registered any more: somebody took it back, its child ended, or was ended. */
export type Left = OrphanAsker | 'child-ended' | 'acted'

/** Keeps the state's list of pairs, and the log as far as it wants them, up to date. */
export interface Showing {
  /** `restored`: of an earlier run. */
  entered(pair: Registration, how: 'new' | 'restored'): void
  left(pair: Registration, why: Left): void
  pairOf(pair: Registration): OrphanPair
  /** The counts have changed, and no event says so. */
  count(): void
  close(): void
}

export interface ShowingOptions {
  readonly clock: Clock
  readonly emit: Emit
  readonly registry: Registry
  readonly window: Window
  readonly deaths: () => Deaths
  /** Whether registrations are told, now. */
  readonly isTold: () => boolean
  /** Refusals so far. */
  readonly refused: () => number
  /** Redacted; empty: unknown. */
  readonly commandOf: (process: Identity) => string
  /** Of the ladder that ends this child. */
  readonly receiptOf: (child: Identity) => number | undefined
}

/** Who moves up into the list, and counts that no event told, are told so often. */
const COUNT_MS = 100

export function createShowing(options: ShowingOptions): Showing {
  const { clock, emit, registry, window, isTold, refused, commandOf, receiptOf } = options
  let counting: Cancel | undefined

  const deathsOf = ({ parent, child }: Registration): 'events' | 'sweep' =>
    options.deaths().isSwept(child) || options.deaths().isSwept(parent) ? 'sweep' : 'events'

  const count = (): void => {
    counting ??= clock.after(COUNT_MS, () => {
      counting = undefined
      for (const pair of window.refill()) note(pair)
      emit({ type: 'orphans-counted', held: registry.held, refused: refused() })
    })
  }

  const pairOf = (pair: Registration): OrphanPair => {
    const { parent, child, uid, by, terms, since } = pair
    const receipt = receiptOf(child)
    return {
      parent,
      child,
      parentCommand: commandOf(parent),
      childCommand: commandOf(child),
      uid,
      by,
      ...terms,
      deaths: deathsOf(pair),
      since: new Date(since).toISOString(),
      standing: receipt === undefined ? { kind: 'armed' } : { kind: 'acting', receipt }
    }
  }

  const note = (pair: Registration): void => emit({ type: 'orphan-noted', pair: pairOf(pair), held: registry.held })

  const tell = (pair: Registration, listed: boolean): void => {
    const { parent, child, terms, by } = pair
    const [parentCommand, childCommand] = listed ? [commandOf(parent), commandOf(child)] : ['', '']
    const { held } = registry
    emit(
      { type: 'orphan-registered', parent, child, terms, by, deaths: deathsOf(pair), listed, parentCommand, childCommand, held },
      { pid: child.pid }
    )
  }

  return {
    entered(pair, how) {
      const listed = window.entered(pair)
      if (how === 'new' && isTold()) tell(pair, listed)
      else if (listed) note(pair)
      else count()
    },
    left(pair, why) {
      const { parent, child, uid } = pair
      if (window.left(pair)) count()
      const body = { parent, child, uid, held: registry.held }
      if (why === 'acted' || !isTold()) emit({ type: 'orphan-struck', ...body }, { pid: child.pid })
      else emit({ type: 'orphan-released', ...body, by: why === 'child-ended' ? undefined : why }, { pid: child.pid })
    },
    pairOf,
    count,
    close() {
      counting?.()
      counting = undefined
    }
  }
}
