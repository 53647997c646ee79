import type { Finding, FindingState } from '../judge.ts'

/** mon: 0 all pass, 1 otherwise. nagios: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. */
export type ExitScheme = 'mon' | 'nagios'

/** The worst first: what fails for certain is told before what is not known. */
const SEVERITY: readonly FindingState[] = ['failing', 'warning', 'unknown', 'ok']

const CODES: Readonly<Record<ExitScheme, Readonly<Record<FindingState, number>>>> = {
  mon: { ok: 0, warning: 1, failing: 1, unknown: 1 },
  nagios: { ok: 0, warning: 1, failing: 2, unknown: 3 }
}

/** Without findings nothing was evaluated: that is never ok. */
export const worstOf = (findings: readonly Finding[]): FindingState =>
  findings.length === 0 ? 'unknown' : (SEVERITY.find((state) => findings.some((finding) => finding.state === state)) ?? 'unknown')

export const exitCode = (findings: readonly Finding[], scheme: ExitScheme): number => CODES[scheme][worstOf(findings)]

/** For what could not be evaluated at all. */
export const unknownExit = (scheme: ExitScheme): number => CODES[scheme].unknown
