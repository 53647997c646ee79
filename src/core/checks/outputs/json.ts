import { safeJson } from '../../output/escape.ts'
import type { RuleExplanation } from '../explain.ts'
import type { Finding } from '../judge.ts'

export interface JsonEnvelope {
  /** Of tsupervise. */
  readonly version: string
  /** Wall clock, ISO 8601. */
  readonly time: string
  readonly exit: number
  readonly explained: readonly RuleExplanation[] | undefined
}

/** Of a rule that matches thousands. */
const MOST_PIDS = 1000

/** One object on one line; the format is 1. */
export function jsonOutput(findings: readonly Finding[], { version, time, exit, explained }: JsonEnvelope): string {
  const rules = findings.map((finding, index) => ({
    ...ruleOf(finding),
    ...(explained === undefined ? {} : { explain: explained[index] })
  }))
  return `${safeJson({ format: 1, version, time, exit, rules })}\n`
}

function ruleOf({ rule, state, count, reason, matched, restarted, note }: Finding): object {
  const { min, max } = rule.bounds
  return {
    selector: rule.label,
    min: min ?? null,
    max: max ?? null,
    count: state === 'unknown' ? null : count,
    state,
    reason,
    ...(note === undefined ? {} : { note }),
    pids: matched.slice(0, MOST_PIDS).map(({ pid, startTime, comm }) => ({ pid, startTime, name: comm })),
    restarted
  }
}
