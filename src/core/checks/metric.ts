import type { ProcessView } from './process-view.ts'
import { alertsOn, type Ranges } from './ranges.ts'
import type { Tally } from './scan.ts'
import { ageMs, bytesOf, cpuPercent, type Moment } from './usage.ts'

/** What of each process Nagios ranges can judge, as check_procs names it; the count itself is not one of them. */
export const METRICS = ['cpu', 'vsz', 'rss', 'elapsed'] as const

export type Metric = (typeof METRICS)[number]

/** How many of the matching processes are outside of which range; units as of check_procs: percent, KiB, seconds. */
export interface MetricTally {
  readonly warning: number
  readonly critical: number
  /** Matching processes whose value could not be seen. */
  readonly unseen: number
}

export function judgeMetric(metric: Metric, { matched, moment }: Tally, { warning, critical }: Ranges): MetricTally {
  const values = matched.map((view) => valueOfMetric(metric, view, moment))
  const isCritical = (value: number | undefined): boolean => value !== undefined && alertsOn(critical, value)
  const isWarning = (value: number | undefined): boolean => value !== undefined && !isCritical(value) && alertsOn(warning, value)
  return {
    critical: values.filter(isCritical).length,
    warning: values.filter(isWarning).length,
    unseen: values.filter((value) => value === undefined).length
  }
}

function valueOfMetric(metric: Metric, view: ProcessView, moment: Moment): number | undefined {
  switch (metric) {
    case 'cpu': {
      const percent = cpuPercent(view, { kind: 'lifetime' }, moment)
      // a process of this very moment has used nothing yet
      return percent === undefined && moment.world.uptimeMs !== undefined ? 0 : typeof percent === 'number' ? percent : undefined
    }
    case 'elapsed': {
      const age = ageMs(view, moment.world)
      return age === undefined ? undefined : Math.max(0, Math.floor(age / 1000))
    }
    case 'vsz':
    case 'rss': {
      const bytes = bytesOf(view, metric === 'vsz' ? 'vsz' : 'memory', moment.world)
      return bytes.kind === 'known' ? bytes.value / 1024 : bytes.kind === 'absent' ? 0 : undefined
    }
  }
}
