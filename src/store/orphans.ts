import type { SupervisorEvent } from '../core/events.ts'
import { type Identity, sameProcess } from '../core/process/identity.ts'
import type { OrphanPair } from '../core/queries.ts'
import type { OrphansState } from '../store.ts'
import { BOUNDS } from './bounded.ts'

/** What an event changes about what the reaper holds. The counts are the reaper's own: it holds more pairs than are listed. */
export function reduceOrphans(orphans: OrphansState, event: SupervisorEvent): OrphansState {
  switch (event.type) {
    case 'orphan-socket-opened':
      return { ...orphans, socket: event.socket }
    case 'orphan-registered': {
      const { parent, child, terms, by, deaths, listed, parentCommand, childCommand } = event
      if (!listed || orphans.pairs.length >= BOUNDS.pairs) return { ...orphans, ...event.held }
      return {
        ...orphans,
        ...event.held,
        pairs: [
          ...orphans.pairs,
          { parent, child, parentCommand, childCommand, uid: by.uid, by, ...terms, deaths, since: event.time, standing: ARMED }
        ]
      }
    }
    case 'orphan-noted':
      if (orphans.pairs.length >= BOUNDS.pairs) return { ...orphans, ...event.held }
      return { ...orphans, ...event.held, pairs: [...orphans.pairs, event.pair] }
    case 'orphan-released':
    case 'orphan-struck':
      return { ...orphans, ...event.held, pairs: without(orphans.pairs, event) }
    case 'orphan-acting':
      return {
        ...orphans,
        ...event.held,
        pairs: ofChild(orphans.pairs, event.child, { kind: 'acting', receipt: event.receipt })
      }
    case 'orphan-acted':
      if (event.outcome === 'stuck') return { ...orphans, ...event.held }
      return { ...orphans, ...event.held, pairs: ofChild(orphans.pairs, event.receipt.leader, ARMED) }
    case 'orphan-refused':
      return { ...orphans, refused: event.refused }
    case 'orphans-counted':
      return { ...orphans, ...event.held, refused: event.refused }
    default:
      return orphans
  }
}

const ARMED = { kind: 'armed' } as const

type Left = Extract<SupervisorEvent, { type: 'orphan-released' | 'orphan-struck' }>

/** The same list where it holds no such pair: most of the pairs are not listed. */
function without(pairs: readonly OrphanPair[], { parent, child, uid }: Left): readonly OrphanPair[] {
  const at = pairs.findIndex((pair) => pair.uid === uid && sameProcess(pair.child, child) && sameProcess(pair.parent, parent))
  return at === -1 ? pairs : pairs.toSpliced(at, 1)
}

const ofChild = (pairs: readonly OrphanPair[], child: Identity, standing: OrphanPair['standing']): readonly OrphanPair[] =>
  pairs.some((pair) => sameProcess(pair.child, child))
    ? pairs.map((pair) => (sameProcess(pair.child, child) ? { ...pair, standing } : pair))
    : pairs
