import { escapeControls } from '../../output/escape.ts'
import type { Finding } from '../judge.ts'

/**
 * For mon: nothing when all pass. Else a summary, `name:count` of every rule that does not pass, sorted and joined by one blank,
 * the same from run to run as long as the counts are; then a line for each rule, in their order.
 */
export function monOutput(findings: readonly Finding[]): string {
  const bad = findings.filter(({ state }) => state !== 'ok')
  if (bad.length === 0) return ''
  const summary = bad.map(summaryOf).sort()
  const details = bad.map((finding) => `${labelOf(finding)}:${detailOf(finding)}`)
  return `${[summary.join(' '), ...details].join('\n')}\n`
}

const labelOf = ({ rule }: Finding): string => escapeControls(rule.label)

const summaryOf = (finding: Finding): string => `${labelOf(finding)}:${finding.state === 'unknown' ? 'unknown' : finding.count}`

const detailOf = ({ state, reason }: Finding): string => (state === 'unknown' ? `unknown: ${escapeControls(reason)}` : reason)
