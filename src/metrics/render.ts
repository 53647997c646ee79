import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Metric, type OpenMetricsContentType, openMetricsContentType, Registry } from 'prom-client'
import type { Family } from './family.ts'

/** A longer value of a label tells nobody more, and costs at every scrape. */
const MAX_LABEL = 128
const END = '# EOF\n'

export interface RenderedMetrics {
  readonly type: string
  readonly text: string
}

/**
 * The metrics in the text format that is asked for by an Accept header: that of OpenMetrics, else that of Prometheus. Others get
 * their turn between two families: with a thousand nodes all of them take a while.
 */
export async function renderMetrics(families: readonly Family[], accept: string): Promise<RenderedMetrics> {
  const isOpen = accept.includes('application/openmetrics-text')
  const parts: string[] = []
  for (const family of families.filter(({ samples }) => samples.length > 0)) {
    const registry = isOpen ? openMetrics() : new Registry()
    registry.registerMetric(metricOf(family))
    parts.push((await registry.metrics()).replace(END, ''))
    await nextTurn()
  }
  return { type: isOpen ? openMetricsContentType : Registry.PROMETHEUS_CONTENT_TYPE, text: parts.join('') + (isOpen ? END : '') }
}

function openMetrics(): Registry<OpenMetricsContentType> {
  const registry = new Registry<OpenMetricsContentType>()
  registry.setContentType(openMetricsContentType)
  return registry
}

/**
 * What a registry asks of a metric (the library's own registry of aggregated ones does the same): its values as they are. The classes of
 * the library keep values between scrapes, and find each by its labels, which is most of the time; here they are made anew.
 */
function metricOf({ name, help, type, samples }: Family): Metric {
  const values = samples.map(([labels, value]) => ({ labels: bounded(labels), value }))
  const metric = { name, help, type, aggregator: 'sum', get: async () => ({ ...metric, values }) }
  return metric as unknown as Metric
}

function bounded(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const isFine = Object.values(labels).every((value) => value.length <= MAX_LABEL && value.isWellFormed())
  return isFine
    ? labels
    : Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, value.slice(0, MAX_LABEL).toWellFormed()]))
}
