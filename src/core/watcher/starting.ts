import type { StopReason } from '../receipt.ts'
import { beginStop, type EventOf, type StateIn } from './ending.ts'
import type { MachineContext, NodeMachine, Pending, Step } from './machine.ts'
import { afterInvoluntaryEnd } from './respawn.ts'
import { after, comeToRest, emit, stay } from './steps.ts'

type Starting = StateIn<'starting'>

/** An end asked for before the program runs waits for it; a shutdown outranks a stop and keeps its force. */
export function postpone(machine: NodeMachine, state: Starting, pending: Pending): Step {
  const before = state.pending
  if (before?.kind !== 'shutdown') return stay({ ...machine, state: { ...state, pending } })
  if (pending.kind === 'stop') return stay(machine)
  return stay({ ...machine, state: { ...state, pending: { kind: 'shutdown', force: before.force || pending.force } } })
}

/** A start or restart after a stop takes the stop back; there is one incarnation, and it is already on its way. */
export const takeBack = (machine: NodeMachine, state: Starting): Step =>
  stay(state.pending?.kind === 'stop' ? { ...machine, state: { ...state, pending: undefined } } : machine)

/** The program runs: what was asked meanwhile happens now. */
export function started(machine: NodeMachine, { pending }: Starting, { leader, at }: EventOf<'spawned'>): Step {
  const life = { leader, startedAt: at }
  if (pending === undefined) return stay({ ...machine, state: { phase: 'running', ...life } })
  if (pending.kind === 'shutdown') return beginStop(machine, life, RUN_ENDS, 'shutdown', pending.force ? 'force' : 'commanded')
  return beginStop(machine, life, { kind: 'command', command: 'stop', by: pending.by }, 'stop', 'commanded')
}

export const RUN_ENDS: StopReason = { kind: 'shutdown', detail: 'the run ends' }

/** No program, no tree: nothing to stop, and no receipt. */
export function startFailed(
  machine: NodeMachine,
  { pending }: Starting,
  { failure }: EventOf<'spawn-failed'>,
  context: MachineContext
): Step {
  const told = [emit({ type: 'node-start-failed', incarnation: machine.incarnation, failure })]
  if (pending === undefined) return after(told, afterInvoluntaryEnd(machine, { kind: 'spawn', failure }, context))
  return after(told, comeToRest(machine, pending.kind === 'stop' ? 'command' : 'shutdown'))
}
