import type { OrphanAsker, OrphansHeld } from '../events.ts'
import { type Identity, identityKey } from '../process/identity.ts'
import type { OrphanTerms } from '../settings.ts'
import { createIndex } from './pair-index.ts'

/** "End this child when that parent dies", as one user asked for it. */
export interface Pair {
  readonly parent: Identity
  readonly child: Identity
  /** Under whose authority it was registered. */
  readonly uid: number
}

/** A pair with all that was said about it. */
export interface Registration extends Pair {
  readonly terms: OrphanTerms
  readonly by: OrphanAsker
  /** Wall clock, ms since the epoch. */
  readonly since: number
}

export interface RegistryBounds {
  /** Of pairs in all. */
  readonly most: number
  /** Of pairs of one uid; root has no bound of its own. */
  readonly mostOfUser: number
}

/** reaper: bounds. */
export const BOUNDS: RegistryBounds = { most: 65_536, mostOfUser: 16_384 }

export type Added = 'added' | 'duplicate' | 'acting' | 'full' | 'user-full'

/** Which pairs there are, and whose ladder runs. In memory only; knows nothing of the system. */
export interface Registry {
  readonly size: number
  readonly held: OrphansHeld
  /** In the order of registration. */
  all(): Iterable<Registration>
  /** `acting`: the child is being ended already; nothing was added. */
  add(registration: Registration): Added
  find(pair: Pair): Registration | undefined
  /** Pairs with these numbers, whoever the processes are. */
  byNumbers(parent: number, child: number): readonly Registration[]
  ofChild(child: Identity): readonly Registration[]
  remove(pair: Pair): boolean
  /** The parent is dead: its children that nobody ends yet, each of which is being ended from now on. */
  parentEnded(parent: Identity): readonly Identity[]
  /** The child is to be ended for these pairs of it, whose parents live; it is being ended from now on. */
  endNow(child: Identity, pairs: readonly Pair[]): void
  isActing(child: Identity): boolean
  /** The pairs that make it so: those whose parent is dead, and those asked for. */
  actingFor(child: Identity): readonly Registration[]
  /** The child is dead: its pairs, which are gone now. */
  childEnded(child: Identity): readonly Registration[]
  /** The ladder is over and the child lives: it may be acted on again; returns its pairs with dead parents, which are gone now. */
  actingEnded(child: Identity): readonly Registration[]
}

export const pairKey = (pair: Pair): string => `${identityKey(pair.parent)} ${identityKey(pair.child)} ${pair.uid}`

/** Why a child is being ended: keys of parents that died, and of pairs that somebody wants acted on. */
interface Grounds {
  readonly dead: Set<string>
  readonly asked: Set<string>
}

export function createRegistry(bounds: RegistryBounds = BOUNDS): Registry {
  const pairs = new Map<string, Registration>()
  const byParent = createIndex<string>()
  const byChild = createIndex<string>()
  const byNumbers = createIndex<number>()
  const ofUser = new Map<number, number>()
  const acting = new Map<string, Grounds>()
  /** Of those that have pairs. */
  const deadParents = new Set<string>()
  let actingPairs = 0

  const refusal = ({ child, uid }: Pair, key: string): Exclude<Added, 'added'> | undefined => {
    if (acting.has(identityKey(child))) return 'acting'
    if (pairs.has(key)) return 'duplicate'
    if (pairs.size >= bounds.most) return 'full'
    return uid !== 0 && (ofUser.get(uid) ?? 0) >= bounds.mostOfUser ? 'user-full' : undefined
  }

  const remove = (wanted: Pair): boolean => {
    const key = pairKey(wanted)
    const pair = pairs.get(key)
    if (pair === undefined) return false
    const [parent, child] = [identityKey(pair.parent), identityKey(pair.child)]
    pairs.delete(key)
    byChild.remove(child, pair)
    byNumbers.remove(numbersKey(pair.parent.pid, pair.child.pid), pair)
    if (byParent.remove(parent, pair) === 'last') deadParents.delete(parent)
    if (acting.has(child)) actingPairs -= 1
    const count = (ofUser.get(pair.uid) ?? 0) - 1
    if (count > 0) ofUser.set(pair.uid, count)
    else ofUser.delete(pair.uid)
    return true
  }

  const begin = (child: string, grounds: Grounds): void => {
    acting.set(child, grounds)
    actingPairs += byChild.of(child).length
  }

  const parentIsDead = (pair: Pair): boolean => acting.get(identityKey(pair.child))?.dead.has(identityKey(pair.parent)) === true

  return {
    get size() {
      return pairs.size
    },
    get held() {
      return { armed: pairs.size - actingPairs, acting: actingPairs, parents: byParent.size - deadParents.size }
    },
    all: () => pairs.values(),
    add(registration) {
      const key = pairKey(registration)
      const refused = refusal(registration, key)
      if (refused !== undefined) return refused
      const { parent, child, uid } = registration
      pairs.set(key, registration)
      byParent.add(identityKey(parent), registration)
      byChild.add(identityKey(child), registration)
      byNumbers.add(numbersKey(parent.pid, child.pid), registration)
      ofUser.set(uid, (ofUser.get(uid) ?? 0) + 1)
      return 'added'
    },
    find: (pair) => pairs.get(pairKey(pair)),
    byNumbers: (parent, child) =>
      byNumbers.of(numbersKey(parent, child)).filter((pair) => pair.parent.pid === parent && pair.child.pid === child),
    ofChild: (child) => byChild.of(identityKey(child)),
    remove,
    parentEnded(parent) {
      const dead = identityKey(parent)
      const toEnd: Identity[] = []
      for (const { child } of byParent.of(dead)) {
        deadParents.add(dead)
        const key = identityKey(child)
        const grounds = acting.get(key)
        if (grounds !== undefined) {
          grounds.dead.add(dead)
          continue
        }
        begin(key, { dead: new Set([dead]), asked: new Set() })
        toEnd.push(child)
      }
      return toEnd
    },
    endNow: (child, wanted) => begin(identityKey(child), { dead: new Set(), asked: new Set(wanted.map(pairKey)) }),
    isActing: (child) => acting.has(identityKey(child)),
    actingFor(child) {
      const asked = acting.get(identityKey(child))?.asked
      return byChild.of(identityKey(child)).filter((pair) => parentIsDead(pair) || asked?.has(pairKey(pair)) === true)
    },
    childEnded(child) {
      const gone = byChild.of(identityKey(child))
      for (const pair of gone) remove(pair)
      acting.delete(identityKey(child))
      return gone
    },
    actingEnded(child) {
      const gone = byChild.of(identityKey(child)).filter(parentIsDead)
      for (const pair of gone) remove(pair)
      if (acting.delete(identityKey(child))) actingPairs -= byChild.of(identityKey(child)).length
      return gone
    }
  }
}

/** Numbers of processes fit into 22 bits (PID_MAX_LIMIT); what clients send may not, and is compared. */
const numbersKey = (parent: number, child: number): number => parent * 2 ** 22 + child
