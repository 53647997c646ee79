import type { Fact } from './process-view.ts'

/** Whether a process is one of those that are meant. */
export type Verdict = 'yes' | 'no' | { readonly unknown: string }

export const yes: Verdict = 'yes'
export const no: Verdict = 'no'

/** `reason` completes "it is unknown, because". */
export const unknown = (reason: string): Verdict => ({ unknown: reason })

/** A fact that is absent is no. */
export function verdictOf<T>(fact: Fact<T>, holds: (value: T) => boolean, what: string): Verdict {
  if (fact.kind === 'known') return holds(fact.value) ? yes : no
  return fact.kind === 'absent' ? no : unknown(`${what} cannot be seen (${fact.code})`)
}

export const negate = (verdict: Verdict): Verdict => (verdict === yes ? no : verdict === no ? yes : verdict)
