import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'

/**
 * Waits for a condition, never for a time: polls until `predicate` gives something truthy and returns it.
 * Fails after `timeoutMs` with `describe()`, so that the failure says what was seen instead.
 */
export async function waitUntil<T>(
  predicate: () => T | Promise<T>,
  describe: string | (() => string),
  timeoutMs = 15_000
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = performance.now() + timeoutMs
  for (let turn = 0; ; turn++) {
    const value = await predicate()
    if (value) return value as NonNullable<Exclude<T, false>>
    if (performance.now() > deadline) {
      throw new Error(`waited ${timeoutMs} ms for: ${typeof describe === 'string' ? describe : describe()}`)
    }
    await (turn < 5 ? nextTurn() : pause(10))
  }
}
