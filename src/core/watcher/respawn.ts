import { backOffMs, budgetOf, usesInForce } from './budget.ts'
import { describeCause } from './cause.ts'
import type { Cause, MachineContext, NodeEffect, NodeMachine, Step } from './machine.ts'
import { emit, endRun, failNode, follow, startLife } from './steps.ts'

/** The worker's own word for "do not start me again"; osquery's EXIT_CATASTROPHIC. */
const CATASTROPHIC = 78

/** What follows a life that ended without anybody asking: rest, the end of the run, or the next life within the budget. */
export function afterInvoluntaryEnd(machine: NodeMachine, cause: Cause, context: MachineContext): Step {
  const { settings, compat } = context
  if (cause.kind === 'exit' && machine.kind === 'worker' && cause.exit.code === CATASTROPHIC) {
    return endRun(machine, CATASTROPHIC, `${machine.name} exited with ${CATASTROPHIC} (catastrophic: it asks not to be started again)`)
  }
  if (cause.kind === 'spawn' && compat === 'osquery') {
    return endRun(machine, 1, `${machine.name} could not be started: ${cause.failure.message}`)
  }
  const success = isSuccess(cause, context)
  if (settings.restart === 'never' || (settings.restart === 'on-failure' && success)) return rest(machine, cause, success, context)
  return respawn(machine, cause, context)
}

const isSuccess = (cause: Cause, { settings }: MachineContext): boolean =>
  cause.kind === 'exit' &&
  cause.exit.signal === undefined &&
  cause.exit.code !== undefined &&
  settings.successCodes.includes(cause.exit.code)

/** The worker's end is the run's end; an extension just stops. */
function rest(machine: NodeMachine, cause: Cause, success: boolean, context: MachineContext): Step {
  if (machine.kind === 'worker')
    return endRun(machine, success ? 0 : 1, `${machine.name} ${describeCause(cause)} and is not to be started again`)
  if (!success) return failNode(machine, `${describeCause(cause)}; it is not to be started again`, context)
  return [
    { ...machine, state: { phase: 'stopped', by: 'exit' } },
    [follow({ kind: 'stopped' }), emit({ type: 'node-stopped', by: 'exit' })]
  ]
}

function respawn(machine: NodeMachine, cause: Cause, context: MachineContext): Step {
  const { settings, compat, now, wall } = context
  const before = usesInForce(machine, context)
  const limit = settings.respawn.limit.value
  if (before.length >= limit) return exhausted({ ...machine, uses: before }, cause, context)
  const counts = compat !== 'osquery' || isQuick(cause, context)
  const after: NodeMachine = { ...machine, uses: counts ? [...before, now] : before }
  const budget = budgetOf(after, context)
  const delayMs = delayAfter(cause, after.uses.length, context)
  const next = follow({ kind: 'respawn', delayMs, usesLeft: limit - after.uses.length })
  const changed: readonly NodeEffect[] = counts ? [emit({ type: 'budget-changed', budget })] : []
  if (delayMs === 0) {
    const [spawning, effects] = startLife(after)
    return [spawning, [next, ...changed, ...effects]]
  }
  const until = new Date(wall + delayMs).toISOString()
  return [
    { ...after, state: { phase: 'backing-off', until: now + delayMs } },
    [next, ...changed, emit({ type: 'node-backing-off', delayMs, until, budget }), { type: 'arm-backoff', delayMs }]
  ]
}

/** Too many restarts: the end of the run, or of this node alone. */
function exhausted(machine: NodeMachine, cause: Cause, context: MachineContext): Step {
  const { respawn } = context.settings
  const window = context.compat === 'osquery' ? '' : ` in ${Math.round(respawn.windowMs / 1000)} s`
  const detail = `too many restarts of ${machine.name}: ${machine.uses.length} of ${respawn.limit.value} used${window}; last: ${describeCause(cause)}`
  if (context.compat === 'osquery' || respawn.onExhausted === 'shutdown') return endRun(machine, 1, detail)
  return failNode(machine, detail, context)
}

/** Under osquery's rules only a life shorter than RESPAWN_LIMIT seconds counts. */
const isQuick = (cause: Cause, { settings }: MachineContext): boolean =>
  cause.kind === 'spawn' || cause.uptimeMs < settings.respawn.limit.value * 1000

/** Back-off always follows a stop by the watchdog; the window's first crash past the minimum uptime has none. */
function delayAfter(cause: Cause, uses: number, context: MachineContext): number {
  const { settings, compat } = context
  if (compat === 'osquery') return isQuick(cause, context) ? backOffMs(uses, context) : 0
  const harmless = cause.kind === 'exit' && uses === 1 && cause.uptimeMs >= settings.respawn.minUptimeMs
  return harmless ? 0 : backOffMs(uses, context)
}
