import type { Identity } from '../process/identity.ts'
import { judgeMetric, type Metric, type MetricTally } from './metric.ts'
import { printBounds } from './print.ts'
import type { ProcessView } from './process-view.ts'
import { type AlertRange, alertsOn, type Ranges } from './ranges.ts'
import type { Bounds, Rule } from './rule.ts'
import type { Tally } from './scan.ts'
import { describeCount } from './wording.ts'

/** warning: only where Nagios ranges judge. */
export type FindingState = 'ok' | 'warning' | 'failing' | 'unknown'

/** What a rule says. */
export interface Finding {
  readonly rule: Rule
  readonly state: FindingState
  /** Processes that match for certain. */
  readonly count: number
  /** Why it is not ok: `2 > 1 (1-1)`, or why it is unknown; empty: it is. */
  readonly reason: string
  /** In the order of their start. */
  readonly matched: readonly ProcessView[]
  /** Processes that took the place of others while a failing rule was looked at again. */
  readonly restarted: readonly Identity[]
  /** Processes that were gone then and that nothing has replaced yet. */
  readonly vanished: number
  /** What a reader of ids has to know. */
  readonly note: string | undefined
  /** Where each process was judged instead of the count. */
  readonly metric: { readonly name: Metric; readonly tally: MetricTally } | undefined
}

/** Holds the count to the rule's own bounds, or to Nagios ranges. */
export function judge(tally: Tally, ranges?: Ranges): Finding {
  const { rule, matched, uncertain, blocked } = tally
  const base = { rule, count: matched.length, matched, restarted: [], vanished: 0, note: noteOf(tally), metric: undefined }
  if (blocked !== undefined) return { ...base, state: 'unknown', reason: blocked }
  const of = (count: number): Judgement => (ranges === undefined ? byBounds(rule.bounds, count) : byRanges(ranges, count))
  const least = of(matched.length)
  // between the two ends it may be anything else, too
  const differs = uncertain.some((_, index) => of(matched.length + index + 1).state !== least.state)
  if (differs) return { ...base, state: 'unknown', reason: uncertainty(tally) }
  return { ...base, ...least }
}

/** Holds each of the matching processes to the ranges, as check_procs does with a metric. */
export function judgeByMetric(tally: Tally, name: Metric, ranges: Ranges): Finding {
  const finding = judge(tally, { warning: undefined, critical: undefined })
  if (finding.state === 'unknown') return finding
  const metric = { name, tally: judgeMetric(name, tally, ranges) }
  const { warning, critical, unseen } = metric.tally
  const of = `out of ${describeCount(finding.count)}`
  if (critical > 0) return { ...finding, metric, state: 'failing', reason: `${critical} crit, ${warning} warn ${of}` }
  if (unseen > 0) return { ...finding, metric, state: 'unknown', reason: `the ${name} of ${unseen} ${of} cannot be seen` }
  if (warning > 0) return { ...finding, metric, state: 'warning', reason: `${warning} warn ${of}` }
  return { ...finding, metric }
}

type Judgement = Pick<Finding, 'state' | 'reason'>

const GOOD: Judgement = { state: 'ok', reason: '' }

export function byBounds(bounds: Bounds, count: number): Judgement {
  const { min, max } = bounds
  if (min !== undefined && count < min) return { state: 'failing', reason: `${count} < ${min} (${printBounds(bounds)})` }
  if (max !== undefined && count > max) return { state: 'failing', reason: `${count} > ${max} (${printBounds(bounds)})` }
  return GOOD
}

export function byRanges({ warning, critical }: Ranges, count: number): Judgement {
  if (alertsOn(critical, count)) return { state: 'failing', reason: `${count}, critical is ${wording(critical)}` }
  if (alertsOn(warning, count)) return { state: 'warning', reason: `${count}, warning is ${wording(warning)}` }
  return GOOD
}

const wording = (range: AlertRange | undefined): string =>
  range?.inside ? `inside ${range.text.slice(1)}` : `outside ${range?.text ?? ''}`

function uncertainty({ matched, uncertain }: Tally): string {
  const [first] = uncertain
  const more = uncertain.length > 1 ? `, and ${uncertain.length - 1} more` : ''
  return `${matched.length} for certain, ${uncertain.length} unclear: process ${first?.view.pid}: ${first?.reason}${more}`
}

/** Ids are those of the reader's user namespace. */
function noteOf({ rule, moment }: Tally): string | undefined {
  const { userNamespace } = moment.world
  const looksAtIds = rule.tests.some(({ condition }) => ['user', 'group', 'gid0'].includes(condition.field))
  return userNamespace !== undefined && looksAtIds ? `ids are those of ${userNamespace}, which is not the host's` : undefined
}
