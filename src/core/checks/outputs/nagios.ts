import type { Finding, FindingState } from '../judge.ts'
import type { Ranges } from '../ranges.ts'
import type { Bounds } from '../rule.ts'
import { describeCount } from '../wording.ts'
import { worstOf } from './exit.ts'
import { type PerfValue, perfdata, plainText } from './perfdata.ts'

export const STATES: Readonly<Record<FindingState, string>> = { ok: 'OK', warning: 'WARNING', failing: 'CRITICAL', unknown: 'UNKNOWN' }

/** `PROCS STATE: TEXT | perfdata`, and below it, where there are several rules, a line for each. */
export function nagiosOutput(findings: readonly Finding[], ranges: Ranges | undefined): string {
  const [only] = findings
  const kind = only?.metric?.name.toUpperCase() ?? 'PROCS'
  const values = perfdata(valuesOf(findings, ranges))
  const text = only !== undefined && findings.length === 1 ? describeOnly(only, ranges) : headline(findings)
  const first = `${kind} ${STATES[worstOf(findings)]}: ${plainText(text)}${values === '' ? '' : ` | ${values}`}`
  if (findings.length === 1) return `${first}\n`
  const lines = findings.map((finding) => plainText(`${STATES[finding.state]}: ${finding.rule.label}: ${describe(finding)}`))
  return `${[first, ...lines].join('\n')}\n`
}

function headline(findings: readonly Finding[]): string {
  const bad = findings.filter(({ state }) => state !== 'ok')
  if (bad.length === 0) return `all ${findings.length} rules pass`
  const named = bad.map(({ rule, state, count }) => `${rule.label}:${state === 'unknown' ? 'unknown' : count}`)
  return `${bad.length} of ${findings.length} rules do not pass: ${named.join(', ')}`
}

/** Under ranges as check_procs words it; the performance data has the ranges. */
function describeOnly(finding: Finding, ranges: Ranges | undefined): string {
  const { rule, state, count, metric, reason } = finding
  if (ranges === undefined || state === 'unknown') return `${rule.label}: ${describe(finding)}`
  const counted = metric === undefined || reason === '' ? describeCount(count) : reason
  return rule.label === '*' ? counted : `${counted} with ${rule.label}`
}

const describe = ({ state, reason, count }: Finding): string => {
  if (state === 'unknown') return reason
  return reason === '' ? describeCount(count) : `${describeCount(count)}: ${reason}`
}

/** An existing check_procs graph goes on: one selector under Nagios ranges has its label. */
function valuesOf(findings: readonly Finding[], ranges: Ranges | undefined): readonly PerfValue[] {
  const [only] = findings
  if (only?.metric !== undefined) return metricValues(only, only.metric)
  const warning = ranges?.warning?.text ?? ''
  return findings
    .filter(({ state }) => state !== 'unknown')
    .map(({ rule, count }) => ({
      label: ranges !== undefined && findings.length === 1 ? 'procs' : rule.label,
      value: count,
      warning,
      critical: ranges === undefined ? rangeOf(rule.bounds) : (ranges.critical?.text ?? '')
    }))
}

function metricValues({ count }: Finding, { tally }: NonNullable<Finding['metric']>): readonly PerfValue[] {
  const plain = { warning: '', critical: '' }
  return [
    { label: 'procs', value: count, ...plain },
    { label: 'procs_warn', value: tally.warning, ...plain },
    { label: 'procs_crit', value: tally.critical, ...plain }
  ]
}

/** `1:`, `0:5`, `1:2`. */
const rangeOf = ({ min, max }: Bounds): string => `${min ?? 0}:${max ?? ''}`
