import type { EventBody } from '../events.ts'
import type { NextStep } from '../receipt.ts'
import { budgetOf } from './budget.ts'
import type { MachineContext, NodeEffect, NodeMachine, Step } from './machine.ts'

export const emit = (body: EventBody): NodeEffect => ({ type: 'emit', body })

export const follow = (next: NextStep): NodeEffect => ({ type: 'follow-receipt', next })

export const stay = (machine: NodeMachine): Step => [machine, []]

/** The next incarnation. */
export function startLife(machine: NodeMachine): Step {
  const incarnation = machine.incarnation + 1
  return [
    { ...machine, incarnation, state: { phase: 'starting', intent: 'run' } },
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

export function comeToRest(machine: NodeMachine, by: 'command' | 'shutdown', ...before: readonly NodeEffect[]): Step {
  return [{ ...machine, state: { phase: 'stopped', by } }, [...before, follow({ kind: 'stopped' }), emit({ type: 'node-stopped', by })]]
}

/** This node gives up; the run goes on. */
export function failNode(machine: NodeMachine, detail: string, context: MachineContext): Step {
  return [
    { ...machine, state: { phase: 'failed', detail } },
    [follow({ kind: 'failed', detail }), emit({ type: 'node-failed', detail, budget: budgetOf(machine, context) })]
  ]
}

/** The run ends because of this node, which itself has already ended. */
export function endRun(machine: NodeMachine, code: number, reason: string): Step {
  return [
    { ...machine, state: { phase: 'stopped', by: 'exit' } },
    [follow({ kind: 'shutdown', code }), emit({ type: 'node-stopped', by: 'exit' }), { type: 'end-run', code, reason }]
  ]
}
