import type { Clock } from '../ports.ts'
import type { Identity } from '../process/identity.ts'
import type { OrphanTerms } from '../settings.ts'
import type { Acting } from './acting.ts'
import {
  type Asker,
  mayUnregister,
  needsUids,
  type Refusal,
  refusalOfAsker,
  refusalOfNumbers,
  refusalOfTarget,
  refusalOfUser
} from './authority.ts'
import type { Book } from './book.ts'
import type { Deaths, Pin } from './deaths.ts'
import type { SelfFacts } from './facts.ts'
import type { Meet, Met } from './meet.ts'
import type { Registration, Registry } from './registry.ts'
import type { Teller } from './teller.ts'

export interface PairRequest {
  readonly parent: number
  readonly child: number
  /** Start times that they must have; undefined: whoever has the numbers. */
  readonly expect: { readonly parentStart: number; readonly childStart: number } | undefined
  /** undefined: as the settings say, and a pair that is there already keeps its own. */
  readonly terms: OrphanTerms | undefined
}

/** Who may have what registered, and taken back. undefined: done, or it was so already. */
export interface Registering {
  register(request: PairRequest, asker: Asker): Refusal | undefined
  /** Of the pairs with these numbers all that `expect` fits; undefined: all. */
  unregister(parent: number, child: number, asker: Asker, expect?: PairRequest['expect']): Refusal | undefined
}

export interface RegisteringOptions {
  readonly clock: Clock
  readonly registry: Registry
  readonly book: Book
  readonly deaths: Deaths
  readonly acting: Acting
  readonly meet: Meet
  readonly self: SelfFacts
  readonly teller: Teller
  readonly terms: () => OrphanTerms
}

/** Its start time says that it never can be found alive. */
const nobody = (pid: number): Identity => ({ pid, startTime: 0 })

interface Parent {
  readonly process: Identity
  readonly pin: Pin
}

export function createRegistering(options: RegisteringOptions): Registering {
  const { clock, registry, book, deaths, acting, meet, self, teller } = options

  /** The pair that this uid registered of the very processes that have the numbers now. */
  const known = (parent: number, child: number, asker: Asker): Registration | undefined => {
    if (registry.byNumbers(parent, child).length === 0) return undefined
    const [knownParent, knownChild] = [deaths.known(parent), deaths.known(child)]
    if (knownParent === undefined || knownChild === undefined) return undefined
    return registry.find({ parent: knownParent, child: knownChild, uid: asker.uid })
  }

  /** The number may be another one's by now than that of the process that told us of itself. */
  const isAnother = (parent: Identity, asker: Asker): boolean => {
    if (parent.pid !== asker.pid) return false
    return asker.standing === 'exited' || (asker.startTime !== undefined && asker.startTime !== parent.startTime)
  }

  const refusalOfChild = ({ parent, expect }: PairRequest, asker: Asker, { facts }: Met): Refusal | undefined => {
    if (expect !== undefined && expect.childStart !== facts.startTime) return 'another-process'
    return refusalOfTarget(facts, self) ?? refusalOfAsker(asker, parent, facts, self) ?? refusalOfUser(asker.uid, facts, self)
  }

  /** The living parent; of one that is watched already nothing needs to be read. */
  const meetParent = (pid: number, asker: Asker): Parent | 'dead' | Refusal => {
    const watched = deaths.known(pid)
    if (watched !== undefined) return isAnother(watched, asker) ? 'dead' : { process: watched, pin: deaths.pinOf(watched) }
    const found = meet(pid, false)
    if (typeof found === 'string') return found === 'gone' ? 'dead' : found === 'thread' ? 'parent-thread' : found
    const { facts, pin } = found
    if (facts.kind !== 'thread' && !facts.ended && !isAnother(facts, asker)) return { process: identity(found), pin }
    pin.drop()
    return facts.kind === 'thread' ? 'parent-thread' : 'dead'
  }

  const registration = (parent: Identity, child: Identity, terms: OrphanTerms | undefined, asker: Asker): Registration => {
    const by = teller.who(asker)
    return { parent, child, uid: asker.uid, terms: terms ?? options.terms(), by, since: clock.wall() }
  }

  const enter = (child: Met, { parent, expect, terms }: PairRequest, asker: Asker): Refusal | undefined => {
    const found = meetParent(parent, asker)
    const refused = typeof found === 'string' && found !== 'dead' ? found : undefined
    const living = typeof found === 'object' ? found : undefined
    const isOther = expect !== undefined && living !== undefined && living.process.startTime !== expect.parentStart
    if (refused !== undefined || isOther) {
      child.pin.drop()
      living?.pin.drop()
      return refused ?? 'another-process'
    }
    const pair = registration(living?.process ?? nobody(parent), identity(child), terms, asker)
    const added = book.enter(pair, { child: child.pin, parent: living?.pin }, 'new')
    if (added !== 'added') return added === 'duplicate' ? undefined : added
    if (living === undefined) acting.parentEnded(pair.parent)
    return undefined
  }

  const renew = (old: Registration, { expect, terms }: PairRequest, asker: Asker): Refusal | undefined => {
    const { parent, child } = old
    if (!isExpected(old, expect)) return 'another-process'
    if (terms === undefined || isSame(old.terms, terms)) return undefined
    if (registry.isActing(child)) return 'acting'
    book.renew(old, registration(parent, child, terms, asker))
    return undefined
  }

  return {
    register(request, asker) {
      const { parent, child } = request
      const nonsense = refusalOfNumbers(parent, child)
      if (nonsense !== undefined) return nonsense
      const old = known(parent, child, asker)
      if (old !== undefined) return renew(old, request, asker)
      const metChild = meet(child, needsUids(asker.uid, self))
      if (typeof metChild === 'string') return metChild
      const refused = refusalOfChild(request, asker, metChild)
      if (refused === undefined) return enter(metChild, request, asker)
      metChild.pin.drop()
      return refused
    },
    unregister(parent, child, asker, expect) {
      const numbered = registry.byNumbers(parent, child)
      if (numbered.length === 0) return 'not-registered'
      const pairs = numbered.filter((pair) => isExpected(pair, expect))
      if (pairs.length === 0) return 'another-process'
      if (asker.standing === 'overflow-uid' || asker.standing === 'other-namespace') return asker.standing
      const own = pairs.filter((pair) => mayUnregister(asker.uid, pair.uid))
      if (own.length === 0) return 'other-registrant'
      const idle = own.filter((pair) => !registry.isActing(pair.child))
      if (idle.length === 0) return 'acting'
      for (const pair of idle) registry.remove(pair)
      book.strike(idle, teller.who(asker))
      return undefined
    }
  }
}

const identity = ({ facts }: Met): Identity => ({ pid: facts.pid, startTime: facts.startTime })

const isExpected = ({ parent, child }: Registration, expect: PairRequest['expect']): boolean =>
  expect === undefined || (expect.parentStart === parent.startTime && expect.childStart === child.startTime)

const isSame = (a: OrphanTerms, b: OrphanTerms): boolean => a.signal === b.signal && a.graceMs === b.graceMs && a.scope === b.scope
