import type { CheckResult } from './state.ts'

/** How a rule stands, for a person: `ok, 1 process`, `failing: 2 > 1 (1-1)`, `unknown: REASON`. */
export function describeStanding({ state, count, reason }: CheckResult): string {
  if (state === 'ok') return `ok, ${describeCount(count ?? 0)}`
  return reason === '' ? state : `${state}: ${reason}`
}

export const describeCount = (count: number): string => (count === 1 ? '1 process' : `${count} processes`)
