import type { Identity } from '../process/identity.ts'
import type { Acting } from './acting.ts'
import { type Asker, mayUnregister, type Refusal, refusalOfAsker, refusalOfNumbers, refusalOfTarget, refusalOfUser } from './authority.ts'
import type { Book } from './book.ts'
import type { Deaths, Pin } from './deaths.ts'
import type { SelfFacts } from './facts.ts'
import type { Meet, Met } from './meet.ts'
import type { WireMessage } from './protocol.ts'
import type { Pair, Registry } from './registry.ts'
import type { Teller } from './teller.ts'

/** Where messages are answered for: who may have what done. */
export interface Desk {
  handle(message: WireMessage, asker: Asker): void
}

export interface DeskOptions {
  readonly registry: Registry
  readonly book: Book
  readonly deaths: Deaths
  readonly acting: Acting
  readonly meet: Meet
  readonly self: SelfFacts
  readonly teller: Teller
}

/** Its start time says that it never can be found alive. */
const nobody = (pid: number): Identity => ({ pid, startTime: 0 })

interface Parent {
  readonly process: Identity
  readonly pin: Pin
}

export function createDesk({ registry, book, deaths, acting, meet, self, teller }: DeskOptions): Desk {
  const isKnown = (parent: number, child: number, asker: Asker): boolean => {
    const pairs = registry.byNumbers(parent, child)
    if (pairs.length === 0) return false
    const knownParent = deaths.known(parent)
    const knownChild = deaths.known(child)
    if (knownParent === undefined || knownChild === undefined) return false
    return registry.has({ parent: knownParent, child: knownChild, uid: asker.uid })
  }

  /** The number may be another one's by now than that of the process that told us of itself. */
  const isAnother = (parent: Identity, asker: Asker): boolean => {
    if (parent.pid !== asker.pid) return false
    return asker.standing === 'exited' || (asker.startTime !== undefined && asker.startTime !== parent.startTime)
  }

  const refusalOfChild = (asker: Asker, parent: number, { facts }: Met): Refusal | undefined =>
    refusalOfTarget(facts, self) ?? refusalOfAsker(asker, parent, facts, self) ?? refusalOfUser(asker.uid, facts, self)

  const register = ({ parent, child }: WireMessage, asker: Asker): Refusal | undefined => {
    const nonsense = refusalOfNumbers(parent, child)
    if (nonsense !== undefined) return nonsense
    if (isKnown(parent, child, asker)) return undefined
    const metChild = meet(child)
    if (typeof metChild === 'string') return metChild
    const refused = refusalOfChild(asker, parent, metChild)
    if (refused !== undefined) {
      metChild.pin.drop()
      return refused
    }
    return enter(metChild, parent, asker)
  }

  /** The living parent; of one that is watched already nothing needs to be read. */
  const meetParent = (pid: number, asker: Asker): Parent | 'dead' | Refusal => {
    const known = deaths.known(pid)
    if (known !== undefined) return isAnother(known, asker) ? 'dead' : { process: known, pin: deaths.pinOf(known) }
    const found = meet(pid)
    if (typeof found === 'string') return found === 'gone' ? 'dead' : found === 'thread' ? 'parent-thread' : found
    const { facts, pin } = found
    if (facts.kind !== 'thread' && !facts.ended && !isAnother(facts, asker)) return { process: identity(found), pin }
    pin.drop()
    return facts.kind === 'thread' ? 'parent-thread' : 'dead'
  }

  const enter = (child: Met, parentPid: number, asker: Asker): Refusal | undefined => {
    const found = meetParent(parentPid, asker)
    if (typeof found === 'string' && found !== 'dead') {
      child.pin.drop()
      return found
    }
    const living = found === 'dead' ? undefined : found
    const pair: Pair = { parent: living?.process ?? nobody(parentPid), child: identity(child), uid: asker.uid }
    const added = book.enter(pair, { child: child.pin, parent: living?.pin })
    if (added === 'duplicate') return undefined
    if (added !== 'added') return added
    teller.registered(pair, asker, deaths.isSwept(pair.child) || deaths.isSwept(pair.parent) ? 'sweep' : 'events')
    if (living === undefined) acting.parentEnded(pair.parent)
    return undefined
  }

  const unregister = ({ parent, child }: WireMessage, asker: Asker): Refusal | undefined => {
    const pairs = registry.byNumbers(parent, child)
    if (pairs.length === 0) return 'not-registered'
    if (asker.standing === 'overflow-uid' || asker.standing === 'other-namespace') return asker.standing
    const own = pairs.filter((pair) => mayUnregister(asker.uid, pair.uid))
    if (own.length === 0) return 'other-registrant'
    const idle = own.filter((pair) => !registry.isActing(pair.child))
    if (idle.length === 0) return 'acting'
    for (const pair of idle) {
      registry.remove(pair)
      teller.unregistered(pair, asker)
    }
    book.strike(idle)
    return undefined
  }

  return {
    handle(message, asker) {
      teller.message(message, asker)
      const { action } = message
      if (action === undefined) return teller.refused(message, 'unknown', 'unknown-action', asker)
      if (action === 'ping') return
      const refused = action === 'register' ? register(message, asker) : unregister(message, asker)
      // a child that ended before its parent said so has left by itself
      if (refused === undefined || (action === 'unregister' && refused === 'not-registered')) return
      teller.refused(message, action, refused, asker)
    }
  }
}

const identity = ({ facts }: Met): Identity => ({ pid: facts.pid, startTime: facts.startTime })
