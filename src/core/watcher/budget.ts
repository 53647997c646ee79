import type { BudgetState } from '../events.ts'
import type { MachineContext, NodeMachine } from './machine.ts'
import { wallText } from './wall-text.ts'

/** A window this long (30,000 years) never ends. */
export const FOR_EVER_MS = 1e15

/** The uses that still count: those within the window, or all of them under osquery's rules, whose counter never resets. */
export function usesInForce(machine: NodeMachine, { now, settings, compat }: MachineContext): readonly number[] {
  return compat === 'osquery' ? machine.uses : machine.uses.filter((use) => now - use < settings.respawn.windowMs)
}

/** The budget as it is shown. */
export function budgetOf(machine: NodeMachine, context: MachineContext): BudgetState {
  const uses = usesInForce(machine, context)
  const { respawn } = context.settings
  const oldest = uses[0]
  const refills = oldest === undefined || context.compat === 'osquery' ? undefined : oldest + respawn.windowMs - context.now
  return {
    uses: uses.length,
    limit: respawn.limit.value,
    refillsAt: refills === undefined || respawn.windowMs >= FOR_EVER_MS ? undefined : wallText(context.wall + refills)
  }
}

/**
 * How long to wait before the next spawn, ms: min(maxDelay, delay + 2^uses seconds), with jitter.
 * `uses` counts the one that was just taken. Nothing to wait for with a maximum of 0.
 */
export function backOffMs(uses: number, { settings, random, compat }: MachineContext): number {
  const { delayMs, maxDelayMs, jitter } = settings.respawn
  const base = Math.min(maxDelayMs, delayMs + 1000 * 2 ** Math.min(uses, 30))
  return compat === 'osquery' ? base : Math.min(maxDelayMs, base * (1 + jitter * random))
}
