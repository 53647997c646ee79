import type { NextStep } from '../receipt.ts'
import { backOffMs, budgetOf, FOR_EVER_MS, usesInForce } from './budget.ts'
import { describeCause } from './cause.ts'
import type { Cause, MachineContext, NodeMachine, Step } from './machine.ts'
import { after, comeToRest, emit, endRun, failNode, follow, startLife } from './steps.ts'
import { wallText } from './wall-text.ts'

/** The worker's own word for "do not start me again"; osquery's EXIT_CATASTROPHIC. */
const CATASTROPHIC = 78

/** What follows a life that ended without anybody asking: rest, the end of the run, or the next life within the budget. */
export function afterInvoluntaryEnd(machine: NodeMachine, cause: Cause, context: MachineContext): Step {
  if (cause.kind === 'exit' && machine.kind === 'worker' && cause.exit.code === CATASTROPHIC) {
    return giveUpRun(machine, cause, CATASTROPHIC, `${machine.name} exited with 78 (catastrophic: it asks not to be started again)`)
  }
  if (cause.kind === 'spawn' && context.compat === 'osquery') {
    return giveUpRun(machine, cause, 1, `${machine.name} could not be started: ${cause.failure.message}`)
  }
  return isDone(cause, context) ? rest(machine, cause, context) : respawn(machine, cause, context)
}

/**
 * Takes one use for a life that nobody asked to end, although a command decides what follows it: a command saves no use, nor does it
 * cost one. Never beyond the limit.
 */
export function chargeIfInvoluntary(machine: NodeMachine, cause: Cause, context: MachineContext): Step {
  const before = usesInForce(machine, context)
  if (isCommanded(cause) || isDone(cause, context) || before.length >= context.settings.respawn.limit.value) return [machine, []]
  return charge({ ...machine, uses: before }, cause, context)
}

const isCommanded = (cause: Cause): boolean =>
  cause.kind === 'stop' && (cause.reason.kind === 'command' || cause.reason.kind === 'shutdown')

/** Whether the restart policy lets it rest. */
const isDone = (cause: Cause, { settings }: MachineContext): boolean =>
  settings.restart === 'never' || (settings.restart === 'on-failure' && isSuccess(cause, settings.successCodes))

const isSuccess = (cause: Cause, successCodes: readonly number[]): boolean =>
  cause.kind === 'exit' && cause.exit.signal === undefined && cause.exit.code !== undefined && successCodes.includes(cause.exit.code)

/** The worker's end is the run's end; an extension just stops. */
function rest(machine: NodeMachine, cause: Cause, context: MachineContext): Step {
  const success = isSuccess(cause, context.settings.successCodes)
  const text = `${describeCause(cause)} and is not to be started again`
  if (machine.kind === 'worker') return giveUpRun(machine, cause, success ? 0 : 1, `${machine.name} ${text}`)
  if (!success) return followed(cause, { kind: 'failed', detail: text }, failNode(machine, text, context))
  return followed(cause, { kind: 'stopped' }, comeToRest(machine, 'exit'))
}

function respawn(machine: NodeMachine, cause: Cause, context: MachineContext): Step {
  const { now, wall, settings } = context
  const before = usesInForce(machine, context)
  if (before.length >= settings.respawn.limit.value) return exhausted({ ...machine, uses: before }, cause, context)
  const [charged, told] = charge({ ...machine, uses: before }, cause, context)
  const delayMs = delayAfter(cause, charged.uses.length, context)
  const next: NextStep = { kind: 'respawn', delayMs, usesLeft: settings.respawn.limit.value - charged.uses.length }
  if (delayMs === 0) return followed(cause, next, after(told, startLife(charged)))
  const waiting = emit({ type: 'node-backing-off', delayMs, until: wallText(wall + delayMs), budget: budgetOf(charged, context) })
  return followed(cause, next, [
    { ...charged, state: { phase: 'backing-off', until: now + delayMs } },
    [...told, waiting, { type: 'arm-backoff', delayMs }]
  ])
}

/** One use of the budget; under osquery's rules only for a quick end. */
function charge(machine: NodeMachine, cause: Cause, context: MachineContext): Step {
  if (context.compat === 'osquery' && !isQuick(cause, context)) return [machine, []]
  const charged = { ...machine, uses: [...machine.uses, context.now] }
  return [charged, [emit({ type: 'budget-changed', budget: budgetOf(charged, context) })]]
}

/** Too many restarts: the end of the run, or of this node alone. */
function exhausted(machine: NodeMachine, cause: Cause, context: MachineContext): Step {
  const { limit, windowMs, onExhausted } = context.settings.respawn
  const window = context.compat === 'osquery' || windowMs >= FOR_EVER_MS ? '' : ` in ${Math.round(windowMs / 1000)} s`
  const detail = `too many restarts of ${machine.name}: ${machine.uses.length} of ${limit.value} used${window}; last: ${describeCause(cause)}`
  if (context.compat === 'osquery' || onExhausted === 'shutdown') return giveUpRun(machine, cause, 1, detail)
  return followed(cause, { kind: 'failed', detail }, failNode(machine, detail, context))
}

const giveUpRun = (machine: NodeMachine, cause: Cause, code: number, reason: string): Step =>
  followed(cause, { kind: 'shutdown', code }, endRun(machine, code, reason))

/** Completes the receipt of the life that ended; a failed start had no tree, hence no receipt. */
const followed = (cause: Cause, next: NextStep, step: Step): Step => (cause.kind === 'spawn' ? step : after([follow(next)], step))

/** Under osquery's rules only a life shorter than RESPAWN_LIMIT seconds counts. */
const isQuick = (cause: Cause, { settings }: MachineContext): boolean =>
  cause.kind === 'spawn' || cause.uptimeMs < settings.respawn.limit.value * 1000

/** Back-off always follows a stop by the watchdog; the window's first crash past the minimum uptime has none. */
function delayAfter(cause: Cause, uses: number, context: MachineContext): number {
  if (context.compat === 'osquery') return isQuick(cause, context) ? backOffMs(uses, context) : 0
  const harmless = cause.kind === 'exit' && uses === 1 && cause.uptimeMs >= context.settings.respawn.minUptimeMs
  return harmless ? 0 : backOffMs(uses, context)
}
