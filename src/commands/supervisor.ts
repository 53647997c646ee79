import { type ControlClient, createControlClient } from '../client/control/control-client.ts'
import { orThrow } from '../client/control/failure.ts'
import { findSupervisor } from '../client/control/find.ts'
import { createSystemClock } from '../core/clock.ts'
import type { Clock } from '../core/ports.ts'
import type { Given } from './subcommand.ts'

type Which = Given<'name' | 'control-socket'>

/** Who looks for a supervisor. */
export const seeker = () => ({ env: process.env, uid: process.geteuid?.() ?? 0 })

export const choiceOf = (given: Which) => ({ controlSocket: given.text('control-socket'), name: given.text('name') })

/** The client of the supervisor that is meant; throws a UserError when there is none, or it speaks another version. */
export async function connectTo(given: Which, clock: Clock = createSystemClock()): Promise<ControlClient> {
  const client = createControlClient(await findSupervisor(choiceOf(given), seeker()), clock)
  orThrow(await client.hello())
  return client
}

/** Keeps this process running while only timers of the Clock are left; call what it gives to let it end. */
export function keepAlive(): () => void {
  const timer = setInterval(() => undefined, 2 ** 30)
  return () => clearInterval(timer)
}
