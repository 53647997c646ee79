import type { Redact } from '../output/redact.ts'
import type { CheckAction, ConfiguredCheck } from '../settings.ts'
import type { Finding } from './judge.ts'
import { printRule } from './print.ts'
import type { ProcessView } from './process-view.ts'
import { type CheckDescription, type CheckedProcess, type CheckResult, MOST_OFFENDERS } from './state.ts'

export const describeCheck = ({ name, rule, action }: ConfiguredCheck, redact: Redact): CheckDescription => ({
  name,
  rule: printRule(rule),
  min: rule.bounds.min,
  max: rule.bounds.max,
  action: redact(describeAction(action))
})

/** `alert`, `stop`, `restart NODE`, `run COMMAND`. */
export function describeAction(action: CheckAction): string {
  if (action.kind === 'restart') return `restart ${action.node}`
  return action.kind === 'run' ? `run ${action.argv.join(' ')}` : action.kind
}

/** The finding as everybody may see it. */
export function resultOf(finding: Finding, redact: Redact): CheckResult {
  const { state, count, reason } = finding
  // only ranges warn, and these rules have bounds
  const standing = state === 'warning' ? 'failing' : state
  return {
    state: standing,
    count: standing === 'unknown' ? undefined : count,
    reason,
    processes: isTooMany(finding) ? finding.matched.slice(0, MOST_OFFENDERS).map((view) => describeProcess(view, redact)) : []
  }
}

/** Those beyond the bound, the youngest of all; empty when there are not too many. */
export const excessOf = (finding: Finding): readonly ProcessView[] =>
  isTooMany(finding) ? finding.matched.slice(finding.rule.bounds.max) : []

const isTooMany = ({ state, count, rule: { bounds } }: Finding): boolean =>
  state === 'failing' && bounds.max !== undefined && count > bounds.max

const describeProcess = (view: ProcessView, redact: Redact): CheckedProcess => ({
  pid: view.pid,
  startTime: view.startTime,
  comm: view.comm,
  command: redact(view.command())
})
