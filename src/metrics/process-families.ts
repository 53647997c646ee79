import type { MetricSample } from '../core/process/cache/metrics.ts'
import { counter, type Family, gauge, type Sample } from './family.ts'

/** The process cache; process cache: metrics. */
export const processFamilies = (metrics: readonly MetricSample[]): readonly Family[] =>
  metrics.map(({ name, help, type, values }) =>
    (type === 'gauge' ? gauge : counter)(
      name,
      help,
      values.map(({ labels, value }): Sample => [labels, value])
    )
  )
