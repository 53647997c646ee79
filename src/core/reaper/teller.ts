import type { Emit, OrphanAsker } from '../events.ts'
import type { Clock } from '../ports.ts'
import type { ProcessSample } from '../process/sample.ts'
import { type Asker, REFUSALS, type Refusal } from './authority.ts'
import { createLimiter } from './limiter.ts'
import type { WireMessage } from './protocol.ts'

/** As orphand's debug levels: 1 what went wrong and what was ended, 2 refusals too, 3 registrations too, 4 every message. */
export type Verbosity = 1 | 2 | 3 | 4

export type RefusedAction = 'register' | 'unregister' | 'restore' | 'end' | 'unknown'

/** Says what clients do; never more than a little about what anybody can do to the reaper from outside. */
export interface Teller {
  /** The asker as events have it. */
  who(asker: Asker): OrphanAsker
  refused(message: Pick<WireMessage, 'parent' | 'child' | 'code'>, action: RefusedAction, why: Refusal, asker: Asker): void
  turnedAway(asker: Asker, reason: 'connections' | 'memory'): void
  message(message: WireMessage, asker: Asker): void
  /** Refusals so far. */
  readonly refusals: number
}

/** Refusals told of one uid in a second. */
const TOLD_A_SECOND = 10
const MESSAGES_TOLD_A_SECOND = 100

const TURNED_AWAY = { connections: 'too many connections', memory: 'too much that it sent or does not read waits in memory' } as const

export interface TellerOptions {
  readonly clock: Clock
  readonly emit: Emit
  readonly inspect: (pid: number) => ProcessSample | undefined
  readonly verbosity: () => Verbosity
  /** A refusal was counted, and nobody was told. */
  readonly onUntold: () => void
}

export function createTeller({ clock, emit, inspect, verbosity, onUntold }: TellerOptions): Teller {
  const limit = createLimiter(clock, TOLD_A_SECOND)
  const messages = createLimiter(clock, MESSAGES_TOLD_A_SECOND)
  const known = new WeakMap<Asker, OrphanAsker>()
  let refusals = 0

  /** Of the process that connected, as long as its number is its own. */
  const commandOf = (asker: Asker): string => {
    if (asker.name !== undefined) return asker.name
    const sample = asker.startTime === undefined ? undefined : inspect(asker.pid)
    return sample?.startTime === asker.startTime ? (sample?.command ?? '') : ''
  }

  const who = (asker: Asker): OrphanAsker => {
    const before = known.get(asker)
    if (before !== undefined) return before
    const found = { uid: asker.uid, pid: asker.pid, command: commandOf(asker) }
    known.set(asker, found)
    return found
  }

  return {
    who,
    get refusals() {
      return refusals
    },
    refused({ parent, child, code }, action, why, asker) {
      refusals += 1
      const untold = verbosity() >= 2 ? limit.pass(asker.uid) : undefined
      if (untold === undefined) return onUntold()
      const detail = REFUSALS[why]
      emit({ type: 'orphan-refused', action, parent, child, code, reason: why, detail, by: who(asker), untold, refused: refusals })
    },
    turnedAway(asker, reason) {
      const untold = verbosity() >= 2 ? limit.pass(asker.uid) : undefined
      if (untold !== undefined) emit({ type: 'orphan-client-closed', detail: TURNED_AWAY[reason], by: who(asker), untold })
    },
    message({ parent, child, code }, asker) {
      const untold = verbosity() >= 4 ? messages.pass(asker.uid) : undefined
      if (untold !== undefined) emit({ type: 'orphan-message', parent, child, code, by: who(asker), untold })
    }
  }
}
