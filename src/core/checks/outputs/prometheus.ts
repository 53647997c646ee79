import { escapeControls } from '../../output/escape.ts'
import type { Finding, FindingState } from '../judge.ts'
import { printBounds } from '../print.ts'

const STATES: readonly FindingState[] = ['ok', 'warning', 'failing', 'unknown']

/**
 * The textfile format: HELP and TYPE once for each metric, a sample for every rule, 0 included, no timestamps.
 * The count of a rule that is unknown is NaN, since 0 would be an answer.
 */
export function prometheusOutput(findings: readonly Finding[]): string {
  const rules = withoutTwins(findings)
  return [
    '# HELP tsupervise_check_processes Processes that the rule counts.',
    '# TYPE tsupervise_check_processes gauge',
    ...rules.map(
      ({ label, finding }) => `tsupervise_check_processes{rule=${label}} ${finding.state === 'unknown' ? 'NaN' : finding.count}`
    ),
    '# HELP tsupervise_check_state Whether the rule is in this state.',
    '# TYPE tsupervise_check_state gauge',
    ...rules.flatMap(({ label, finding }) =>
      STATES.map((state) => `tsupervise_check_state{rule=${label},state="${state}"} ${finding.state === state ? 1 : 0}`)
    ),
    ''
  ].join('\n')
}

/** A rule that is given twice is one series. */
function withoutTwins(findings: readonly Finding[]): readonly { readonly label: string; readonly finding: Finding }[] {
  const found = new Map(findings.map((finding) => [quoted(textOf(finding)), finding]))
  return [...found].map(([label, finding]) => ({ label, finding }))
}

const textOf = ({ rule: { label, bounds } }: Finding): string =>
  bounds.min === undefined && bounds.max === undefined ? label : `${label}:${printBounds(bounds)}`

/** Exposition formats, "text format": backslash, quote and newline are escaped in label values. */
const quoted = (text: string): string => `"${escapeControls(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
