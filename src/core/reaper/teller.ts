import type { Emit, OrphanAsker } from '../events.ts'
import type { Clock } from '../ports.ts'
import type { Identity } from '../process/identity.ts'
import type { ProcessSample } from '../process/sample.ts'
import { type Asker, REFUSALS, type Refusal } from './authority.ts'
import { createLimiter } from './limiter.ts'
import type { WireMessage } from './protocol.ts'
import type { Pair } from './registry.ts'

/** As orphand's debug levels: 1 what went wrong and what was ended, 2 refusals too, 3 registrations too, 4 every message. */
export type Verbosity = 1 | 2 | 3 | 4

/** Says what the reaper does; never more than a little about what anybody can do to it from outside. */
export interface Teller {
  registered(pair: Pair, asker: Asker, deaths: 'events' | 'sweep'): void
  unregistered(pair: Pair, asker: Asker): void
  ended(pair: { readonly parent: Identity; readonly child: Identity }): void
  refused(
    message: Pick<WireMessage, 'parent' | 'child' | 'code'>,
    action: 'register' | 'unregister' | 'restore' | 'unknown',
    why: Refusal,
    asker: Asker
  ): void
  turnedAway(asker: Asker, reason: 'connections' | 'memory'): void
  message(message: WireMessage, asker: Asker): void
}

/** Refusals told of one uid in a second. */
const TOLD_A_SECOND = 10
const MESSAGES_TOLD_A_SECOND = 100

const TURNED_AWAY = { connections: 'too many connections', memory: 'too much that it sent or does not read waits in memory' } as const

export interface TellerOptions {
  readonly clock: Clock
  readonly emit: Emit
  readonly inspect: (pid: number) => ProcessSample | undefined
  readonly verbosity: Verbosity
}

export function createTeller({ clock, emit, inspect, verbosity }: TellerOptions): Teller {
  const refusals = createLimiter(clock, TOLD_A_SECOND)
  const messages = createLimiter(clock, MESSAGES_TOLD_A_SECOND)
  const commands = new WeakMap<Asker, string>()

  /** Of the process that connected, as long as its number is its own. */
  const commandOf = (asker: Asker): string => {
    const known = commands.get(asker)
    if (known !== undefined) return known
    const sample = asker.startTime === undefined ? undefined : inspect(asker.pid)
    const command = sample?.startTime === asker.startTime ? (sample?.command ?? '') : ''
    commands.set(asker, command)
    return command
  }

  const who = (asker: Asker): OrphanAsker => ({ uid: asker.uid, pid: asker.pid, command: commandOf(asker) })

  return {
    registered({ parent, child }, asker, deaths) {
      if (verbosity >= 3) emit({ type: 'orphan-registered', parent, child, by: who(asker), deaths }, { pid: child.pid })
    },
    unregistered({ parent, child }, asker) {
      if (verbosity >= 3) emit({ type: 'orphan-released', parent, child, by: who(asker) }, { pid: child.pid })
    },
    ended({ parent, child }) {
      if (verbosity >= 3) emit({ type: 'orphan-released', parent, child, by: undefined }, { pid: child.pid })
    },
    refused({ parent, child, code }, action, why, asker) {
      const untold = verbosity >= 2 ? refusals.pass(asker.uid) : undefined
      if (untold === undefined) return
      emit({ type: 'orphan-refused', action, parent, child, code, reason: why, detail: REFUSALS[why], by: who(asker), untold })
    },
    turnedAway(asker, reason) {
      const untold = verbosity >= 2 ? refusals.pass(asker.uid) : undefined
      if (untold !== undefined) emit({ type: 'orphan-client-closed', detail: TURNED_AWAY[reason], by: who(asker), untold })
    },
    message({ parent, child, code }, asker) {
      const untold = verbosity >= 4 ? messages.pass(asker.uid) : undefined
      if (untold !== undefined) emit({ type: 'orphan-message', parent, child, code, by: who(asker), untold })
    }
  }
}
