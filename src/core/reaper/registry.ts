import { type Identity, identityKey } from '../process/identity.ts'

/** "End this child when that parent dies", as one user asked for it. */
export interface Pair {
  readonly parent: Identity
  readonly child: Identity
  /** Under whose authority it was registered. */
  readonly uid: number
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
  all(): Iterable<Pair>
  /** `acting`: the child is being ended already; nothing was added. */
  add(pair: Pair): Added
  has(pair: Pair): boolean
  /** Pairs with these numbers, whoever the processes are. */
  byNumbers(parent: number, child: number): readonly Pair[]
  ofChild(child: Identity): readonly Pair[]
  remove(pair: Pair): boolean
  /** Pairs that need this process. */
  uses(process: Identity): number
  /** The parent is dead: its children that nobody ends yet, each of which is being ended from now on. */
  parentEnded(parent: Identity): readonly Identity[]
  isActing(child: Identity): boolean
  /** The pairs that make it so: those whose parent is dead. */
  actingFor(child: Identity): readonly Pair[]
  /** The child is dead: its pairs, which are gone now. */
  childEnded(child: Identity): readonly Pair[]
  /** The ladder is over and the child lives: it may be acted on again; returns its pairs with dead parents, which are gone now. */
  actingEnded(child: Identity): readonly Pair[]
}

export const pairKey = (pair: Pair): string => `${identityKey(pair.parent)} ${identityKey(pair.child)} ${pair.uid}`

export function createRegistry(bounds: RegistryBounds = BOUNDS): Registry {
  const pairs = new Map<string, Pair>()
  const byParent = new Map<string, Set<Pair>>()
  const byChild = new Map<string, Set<Pair>>()
  const byNumbers = new Map<string, Set<Pair>>()
  const ofUser = new Map<number, number>()
  /** Children whose ladder runs, with the parents that died. */
  const acting = new Map<string, Set<string>>()

  const numbers = (parent: number, child: number): string => `${parent} ${child}`

  const link = (index: Map<string, Set<Pair>>, key: string, pair: Pair): void => {
    const set = index.get(key)
    if (set === undefined) index.set(key, new Set([pair]))
    else set.add(pair)
  }

  const unlink = (index: Map<string, Set<Pair>>, key: string, pair: Pair): void => {
    const set = index.get(key)
    set?.delete(pair)
    if (set?.size === 0) index.delete(key)
  }

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
    pairs.delete(key)
    unlink(byParent, identityKey(pair.parent), pair)
    unlink(byChild, identityKey(pair.child), pair)
    unlink(byNumbers, numbers(pair.parent.pid, pair.child.pid), pair)
    const count = (ofUser.get(pair.uid) ?? 0) - 1
    if (count > 0) ofUser.set(pair.uid, count)
    else ofUser.delete(pair.uid)
    return true
  }

  const actingFor = (child: Identity): readonly Pair[] => {
    const dead = acting.get(identityKey(child))
    return [...(byChild.get(identityKey(child)) ?? [])].filter((pair) => dead?.has(identityKey(pair.parent)) === true)
  }

  return {
    get size() {
      return pairs.size
    },
    all: () => pairs.values(),
    add(pair) {
      const key = pairKey(pair)
      const refused = refusal(pair, key)
      if (refused !== undefined) return refused
      pairs.set(key, pair)
      link(byParent, identityKey(pair.parent), pair)
      link(byChild, identityKey(pair.child), pair)
      link(byNumbers, numbers(pair.parent.pid, pair.child.pid), pair)
      ofUser.set(pair.uid, (ofUser.get(pair.uid) ?? 0) + 1)
      return 'added'
    },
    has: (pair) => pairs.has(pairKey(pair)),
    byNumbers: (parent, child) => [...(byNumbers.get(numbers(parent, child)) ?? [])],
    ofChild: (child) => [...(byChild.get(identityKey(child)) ?? [])],
    remove,
    uses: (process) => (byParent.get(identityKey(process))?.size ?? 0) + (byChild.get(identityKey(process))?.size ?? 0),
    parentEnded(parent) {
      const dead = identityKey(parent)
      const toEnd: Identity[] = []
      for (const { child } of byParent.get(dead) ?? []) {
        const key = identityKey(child)
        const known = acting.get(key)
        if (known === undefined) {
          acting.set(key, new Set([dead]))
          toEnd.push(child)
        } else known.add(dead)
      }
      return toEnd
    },
    isActing: (child) => acting.has(identityKey(child)),
    actingFor,
    childEnded(child) {
      acting.delete(identityKey(child))
      const gone = [...(byChild.get(identityKey(child)) ?? [])]
      for (const pair of gone) remove(pair)
      return gone
    },
    actingEnded(child) {
      const gone = actingFor(child)
      acting.delete(identityKey(child))
      for (const pair of gone) remove(pair)
      return gone
    }
  }
}
