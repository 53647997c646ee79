import type { CommandResult, OrphanCommand } from '../commands.ts'
import { failure, success } from '../errors.ts'
import type { OrphanTerms } from '../settings.ts'
import type { Acting } from './acting.ts'
import { type Asker, commander, mayUnregister, REFUSALS, type Refusal } from './authority.ts'
import type { SelfFacts } from './facts.ts'
import type { Registering } from './registering.ts'
import type { Registry } from './registry.ts'
import type { RefusedAction, Teller } from './teller.ts'
import { invalidTerms } from './terms.ts'

export interface OrdersOptions {
  readonly registry: Registry
  readonly registering: Registering
  readonly acting: Acting
  readonly self: SelfFacts
  readonly teller: Teller
  readonly terms: () => OrphanTerms
  /** What was done is in the journal afterwards. */
  readonly confirm: () => void
}

/** Executes commands about orphans under the authority of their `uid`, by the rules of the wire protocol. */
export type ExecuteOrder = (command: OrphanCommand) => CommandResult

/** On the wire; 0 is of no message. */
const CODES = { register: 1, unregister: 2, end: 0 } as const

type Order<T extends OrphanCommand['type']> = Extract<OrphanCommand, { type: T }>

export function createOrders(options: OrdersOptions): ExecuteOrder {
  const { registry, registering, acting, self, teller, terms, confirm } = options

  const answer = (action: keyof typeof CODES, pair: { parent: number; child: number }, why: Refusal | undefined, asker: Asker) => {
    confirm()
    if (why === undefined) return success(undefined)
    teller.refused({ ...pair, code: CODES[action] }, action satisfies RefusedAction, why, asker)
    const whom = action === 'end' ? `end of orphan ${pair.child}` : `${action} of child ${pair.child} with parent ${pair.parent}`
    return failure(why, `${whom} was refused: ${REFUSALS[why]}`)
  }

  const register = ({ parent, child, expect, signal, graceMs, scope, uid, by }: Order<'register'>): CommandResult => {
    const asker = commander(uid, by, self)
    const byDefault = terms()
    const wanted = { signal: signal ?? byDefault.signal, graceMs: graceMs ?? byDefault.graceMs, scope: scope ?? byDefault.scope }
    const invalid = invalidTerms(wanted)
    if (invalid !== undefined) return failure('invalid', invalid)
    const isPlain = signal === undefined && graceMs === undefined && scope === undefined
    return answer(
      'register',
      { parent, child },
      registering.register({ parent, child, expect, terms: isPlain ? undefined : wanted }, asker),
      asker
    )
  }

  const unregister = ({ parent, child, expect, uid, by }: Order<'unregister'>): CommandResult => {
    const asker = commander(uid, by, self)
    return answer('unregister', { parent, child }, registering.unregister(parent, child, asker, expect), asker)
  }

  const refusalToEnd = ({ child }: Order<'end-orphan'>, asker: Asker): Refusal | undefined => {
    const pairs = registry.ofChild(child)
    if (pairs.length === 0) return 'not-registered'
    if (asker.standing !== 'here') return 'overflow-uid'
    if (registry.isActing(child)) return 'acting'
    const own = pairs.filter((pair) => mayUnregister(asker.uid, pair.uid))
    if (own.length === 0) return 'other-registrant'
    acting.endNow(child, own, asker.name ?? '')
    return undefined
  }

  return (command) => {
    switch (command.type) {
      case 'register':
        return register(command)
      case 'unregister':
        return unregister(command)
      case 'end-orphan': {
        const asker = commander(command.uid, command.by, self)
        return answer('end', { parent: 0, child: command.child.pid }, refusalToEnd(command, asker), asker)
      }
    }
  }
}
