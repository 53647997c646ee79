import { type Identity, sameProcess } from '../process/identity.ts'
import { type Asker, type Refusal, refusalOfTarget, refusalOfUser } from './authority.ts'
import type { Deaths } from './deaths.ts'
import type { SelfFacts } from './facts.ts'
import type { Meet, Met } from './meet.ts'
import type { Pair, Registry } from './registry.ts'
import type { Teller } from './teller.ts'

export interface RestoreOptions {
  readonly registry: Registry
  readonly deaths: Deaths
  readonly meet: Meet
  readonly self: SelfFacts
  readonly teller: Teller
}

export interface Restored {
  /** Pairs that do not count any more. */
  readonly dropped: readonly Pair[]
  /** Parents that died while nobody watched. */
  readonly deadParents: readonly Identity[]
}

const REGISTER = 1

/**
 * Takes up the registrations that a former run left: those whose child is still that child and still its registrant's to end;
 * reaper: durable.
 */
export function restorePairs(left: readonly Pair[], options: RestoreOptions): Restored {
  const dropped: Pair[] = []
  const deadParents: Identity[] = []
  for (const pair of left) {
    const outcome = restore(pair, options)
    if (outcome === 'dropped') dropped.push(pair)
    if (outcome === 'orphaned') deadParents.push(pair.parent)
  }
  return { dropped, deadParents }
}

function restore(pair: Pair, { registry, deaths, meet, self, teller }: RestoreOptions): 'armed' | 'orphaned' | 'dropped' {
  const child = meet(pair.child.pid)
  if (typeof child === 'string') return 'dropped'
  const refused = refusalOf(pair, child, self)
  const added = refused ?? registry.add(pair)
  if (added !== 'added') {
    child.pin.drop()
    if (added !== 'gone' && added !== 'duplicate') teller.refused(wireOf(pair), 'restore', added, askerOf(pair))
    return 'dropped'
  }
  deaths.watch(pair.child, child.pin)
  const parent = meet(pair.parent.pid)
  if (typeof parent === 'string') return 'orphaned'
  if (sameProcess(parent.facts, pair.parent) && !parent.facts.ended) {
    deaths.watch(pair.parent, parent.pin)
    return 'armed'
  }
  parent.pin.drop()
  return 'orphaned'
}

function refusalOf(pair: Pair, { facts }: Met, self: SelfFacts): Refusal | undefined {
  if (!sameProcess(facts, pair.child)) return 'gone'
  return refusalOfTarget(facts, self) ?? refusalOfUser(pair.uid, facts, self)
}

const wireOf = ({ parent, child }: Pair) => ({ parent: parent.pid, child: child.pid, code: REGISTER })

const askerOf = ({ uid }: Pair): Asker => ({ uid, pid: 0, startTime: undefined, standing: 'exited' })
