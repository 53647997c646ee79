import type { ExitStatus, StopReason } from '../receipt.ts'
import type { Cause, Intent, MachineContext, NodeEffect, NodeEvent, NodeMachine, Phase, State, Step } from './machine.ts'
import { afterInvoluntaryEnd, chargeIfInvoluntary } from './respawn.ts'
import { after, cannotBeStopped, comeToRest, emit, follow, startLife, stay } from './steps.ts'

export type StateIn<P extends Phase> = Extract<State, { phase: P }>
export type EventOf<E extends NodeEvent['type']> = Extract<NodeEvent, { type: E }>

type Ending = StateIn<'draining'> | StateIn<'stopping'> | StateIn<'stuck'>
type Life = Pick<StateIn<'running'>, 'leader' | 'startedAt'>

/** A stop begins: its one receipt is opened by the effect. */
export const beginStop = (
  machine: NodeMachine,
  { leader, startedAt }: Life,
  reason: StopReason,
  intent: Intent,
  kind: 'limit' | 'commanded' | 'force'
): Step => [{ ...machine, state: { phase: 'stopping', leader, startedAt, reason, intent } }, [{ type: 'stop-tree', reason, kind }]]

export const RUN_ENDS: StopReason = { kind: 'shutdown', detail: 'the run ends' }

export const asked = (command: 'stop' | 'restart', by: string): StopReason => ({ kind: 'command', command, by })

const insist = (reason: StopReason): NodeEffect => ({ type: 'insist', reason })

/** What is asked while a tree is ending changes only what follows. The last word counts, and a shutdown outranks them all. */
export const askWhileEnding = {
  start: (machine: NodeMachine, state: Ending): Step => intend(machine, state, 'restart'),
  restart: (machine: NodeMachine, state: Ending): Step => intend(machine, state, 'restart'),
  stop: (machine: NodeMachine, state: Ending): Step => intend(machine, state, 'stop')
}

export const shutdownWhileEnding = (machine: NodeMachine, state: Ending, { force }: EventOf<'shutdown'>): Step => [
  { ...machine, state: { ...state, intent: 'shutdown' } },
  force ? [{ type: 'escalate' }] : []
]

/** The same while the tree ends by itself, which somebody may not want to wait for. */
export const askWhileDraining = {
  start: askWhileEnding.start,
  restart: (machine: NodeMachine, state: StateIn<'draining'>, { by }: EventOf<'restart'>): Step =>
    after([insist(asked('restart', by))], intend(machine, state, 'restart')),
  stop: (machine: NodeMachine, state: StateIn<'draining'>, { by }: EventOf<'stop'>): Step =>
    after([insist(asked('stop', by))], intend(machine, state, 'stop')),
  shutdown: (machine: NodeMachine, state: StateIn<'draining'>, event: EventOf<'shutdown'>): Step =>
    after([insist(RUN_ENDS)], shutdownWhileEnding(machine, state, event))
}

/**
 * What the leader left behind is only observed, so no next life begins before it has ended by itself or somebody asks for its end:
 * there are never two incarnations at once. The end of the run asks for it too.
 */
export function leftBehind(machine: NodeMachine, state: StateIn<'draining'>, context: MachineContext): Step {
  if (state.intent !== 'respawn') return stay(machine)
  const [, effects] = afterInvoluntaryEnd(machine, exitCause(state), context)
  return [machine, effects.some(({ type }) => type === 'end-run') ? [insist(RUN_ENDS)] : []]
}

const intend = (machine: NodeMachine, state: Ending, intent: Intent): Step =>
  stay(state.intent === 'shutdown' ? machine : { ...machine, state: { ...state, intent } })

/** The tree is empty; only now may anything follow. */
export function treeEmptied(machine: NodeMachine, intent: Intent, cause: Cause, context: MachineContext): Step {
  if (intent === 'respawn') return afterInvoluntaryEnd(machine, cause, context)
  if (intent === 'shutdown') return after([follow({ kind: 'stopped' })], comeToRest(machine, 'shutdown'))
  const [charged, told] = chargeIfInvoluntary(machine, cause, context)
  if (intent === 'stop') return after([follow({ kind: 'stopped' }), ...told], comeToRest(charged, 'command'))
  return after([follow({ kind: 'restart' }), ...told], startLife(charged))
}

/** Not empty 2 s after SIGKILL: no respawn until it is; at a shutdown, and always under osquery's rules, the run ends. */
export function unkillable(
  machine: NodeMachine,
  { leader, startedAt, intent }: Life & { readonly intent: Intent },
  cause: Cause,
  survivors: readonly number[],
  context: MachineContext
): Step {
  if (intent === 'shutdown' || context.compat === 'osquery') return cannotBeStopped(machine, survivors, context)
  return stay({ ...machine, state: { phase: 'stuck', leader, startedAt, survivors, cause, intent } })
}

export const exitCause = ({ exit, exitedAt, startedAt }: StateIn<'draining'>): Cause => ({
  kind: 'exit',
  exit,
  uptimeMs: exitedAt - startedAt
})

export const stopCause = ({ reason, startedAt }: StateIn<'stopping'>, at: number): Cause => ({
  kind: 'stop',
  reason,
  uptimeMs: at - startedAt
})

export function emitExit(
  machine: NodeMachine,
  { startedAt }: Pick<Life, 'startedAt'>,
  { exit, at }: { readonly exit: ExitStatus; readonly at: number },
  { settings }: MachineContext
): NodeEffect {
  const success = exit.signal === undefined && exit.code !== undefined && settings.successCodes.includes(exit.code)
  return emit({ type: 'node-exited', incarnation: machine.incarnation, exit, uptimeMs: at - startedAt, success })
}
