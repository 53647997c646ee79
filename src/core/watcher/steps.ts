import type { EventBody } from '../events.ts'
import type { NextStep } from '../receipt.ts'
import { budgetOf } from './budget.ts'
import type { MachineContext, NodeEffect, NodeMachine, Step } from './machine.ts'

export const emit = (body: EventBody): NodeEffect => ({ type: 'emit', body })

export const follow = (next: NextStep): NodeEffect => ({ type: 'follow-receipt', next })

export const stay = (machine: NodeMachine): Step => [machine, []]

/** The step with effects that come before its own. */
export const after = (before: readonly NodeEffect[], [machine, effects]: Step): Step => [machine, [...before, ...effects]]

/** The next incarnation. */
export function startLife(machine: NodeMachine): Step {
  const incarnation = machine.incarnation + 1
  return [
    { ...machine, incarnation, state: { phase: 'starting', pending: undefined } },
    [emit({ type: 'node-starting', incarnation }), { type: 'spawn', incarnation }]
  ]
}

/** A first start, or one asked for: the nodes in `after` come first. */
export function begin(machine: NodeMachine, { settings }: MachineContext): Step {
  if (settings.after.length === 0) return startLife(machine)
  return [
    { ...machine, state: { phase: 'waiting' } },
    [emit({ type: 'node-waiting', after: settings.after }), { type: 'await-dependencies' }]
  ]
}

/** A node that gave up is started by hand: a fresh chance with a full budget. osquery's counter never resets. */
export function beginAnew(machine: NodeMachine, context: MachineContext): Step {
  if (context.compat === 'osquery' || machine.uses.length === 0) return begin(machine, context)
  const fresh = { ...machine, uses: [] }
  return after([emit({ type: 'budget-changed', budget: budgetOf(fresh, context) })], begin(fresh, context))
}

export const comeToRest = (machine: NodeMachine, by: 'command' | 'exit' | 'shutdown'): Step => [
  { ...machine, state: { phase: 'stopped', by } },
  [emit({ type: 'node-stopped', by })]
]

/** This node gives up; the run goes on. */
export const failNode = (machine: NodeMachine, detail: string, context: MachineContext): Step => [
  { ...machine, state: { phase: 'failed', detail } },
  [emit({ type: 'node-failed', detail, budget: budgetOf(machine, context) })]
]

/** The run ends because of this node, which itself has already ended. */
export function endRun(machine: NodeMachine, code: number, reason: string): Step {
  const [rested, effects] = comeToRest(machine, 'exit')
  return [rested, [...effects, { type: 'end-run', code, reason }]]
}

/** Not empty after SIGKILL, and nothing left to wait for: the run ends, and the node is not called stopped. */
export function cannotBeStopped(machine: NodeMachine, survivors: readonly number[], context: MachineContext): Step {
  const detail = `${machine.name} cannot be stopped: ${survivors.join(', ')} still there after SIGKILL`
  const [failed, effects] = failNode(machine, detail, context)
  return [failed, [follow({ kind: 'shutdown', code: 78 }), ...effects, { type: 'end-run', code: 78, reason: detail }]]
}
