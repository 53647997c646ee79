import { escapeControls } from '../../output/escape.ts'
import type { RuleExplanation } from '../explain.ts'
import type { Finding, FindingState } from '../judge.ts'
import { printBounds } from '../print.ts'
import { describeCount } from '../wording.ts'

const WORDS: Readonly<Record<FindingState, string>> = { ok: 'ok     ', warning: 'WARNING', failing: 'FAILING', unknown: 'UNKNOWN' }

/** Pids that are named beside a rule that does not pass. */
const MOST_PIDS = 20

/** For a person: a line for each rule, and below it what explains it. */
export const textOutput = (findings: readonly Finding[], explained: readonly RuleExplanation[] | undefined): string =>
  findings
    .map((finding, index) => [lineOf(finding), ...linesOf(explained?.[index])].map((line) => `${escapeControls(line)}\n`).join(''))
    .join('')

function lineOf({ rule, state, count, reason, matched, restarted, note }: Finding): string {
  const { bounds, label } = rule
  const text = bounds.min === undefined && bounds.max === undefined ? label : `${label}:${printBounds(bounds)}`
  const pids = state === 'ok' || matched.length === 0 ? [] : [`pids ${some(matched.map(({ pid }) => String(pid)))}`]
  const again = restarted.length === 0 ? [] : [`restarted meanwhile as ${restarted.map(({ pid }) => pid).join(', ')}`]
  const notes = note === undefined ? [] : [note]
  return `${WORDS[state]} ${text}  ${[reason === '' ? describeCount(count) : reason, ...pids, ...again, ...notes].join('; ')}`
}

const some = (pids: readonly string[]): string =>
  pids.length > MOST_PIDS ? `${pids.slice(0, MOST_PIDS).join(', ')} and ${pids.length - MOST_PIDS} more` : pids.join(', ')

function linesOf(explained: RuleExplanation | undefined): readonly string[] {
  if (explained === undefined) return []
  const { matched, near, more } = explained
  return [
    ...matched.map(({ pid, command }) => `  matches ${pid} ${command}`),
    ...near.map(({ pid, command, why }) => `  not     ${pid} ${command}: ${why.join('; ')}`),
    ...(more > 0 ? [`  and ${more} more`] : [])
  ]
}
