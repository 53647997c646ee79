import { asked, beginStop, type EventOf, RUN_ENDS, type StateIn } from './ending.ts'
import type { MachineContext, NodeMachine, Pending, Step } from './machine.ts'
import { afterInvoluntaryEnd } from './respawn.ts'
import { after, comeToRest, emit, stay } from './steps.ts'

type Starting = StateIn<'starting'>

/** A stop asked for before the program runs waits for it; a shutdown outranks it. */
export function postponeStop(machine: NodeMachine, state: Starting, by: string): Step {
  return stay(state.pending?.kind === 'shutdown' ? machine : { ...machine, state: { ...state, pending: { kind: 'stop', by } } })
}

/** A shutdown waits for the program too, unless it is a forced one: then the program is not to run at all. */
export function postponeShutdown(machine: NodeMachine, state: Starting, force: boolean): Step {
  const forced = force || (state.pending?.kind === 'shutdown' && state.pending.force)
  const pending: Pending = { kind: 'shutdown', force: forced }
  return [{ ...machine, state: { ...state, pending } }, force ? [{ type: 'abort-start' }] : []]
}

/** A start or restart after a stop takes the stop back; there is one incarnation, and it is already on its way. */
export const takeBack = (machine: NodeMachine, state: Starting): Step =>
  stay(state.pending?.kind === 'stop' ? { ...machine, state: { ...state, pending: undefined } } : machine)

/** The program runs: what was asked meanwhile happens now. */
export function started(machine: NodeMachine, { pending }: Starting, { leader, at }: EventOf<'spawned'>): Step {
  const life = { leader, startedAt: at }
  if (pending === undefined) return stay({ ...machine, state: { phase: 'running', ...life } })
  if (pending.kind === 'shutdown') return beginStop(machine, life, RUN_ENDS, 'shutdown', pending.force ? 'force' : 'commanded')
  return beginStop(machine, life, asked('stop', pending.by), 'stop', 'commanded')
}

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
