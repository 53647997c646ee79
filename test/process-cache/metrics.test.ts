import { expect, test } from 'vitest'
import { createProcessCache } from '../../src/core/process/cache/cache.ts'
import { metricSamples } from '../../src/core/process/cache/metrics.ts'
import { processFamilies } from '../../src/metrics/process-families.ts'
import { renderMetrics } from '../../src/metrics/render.ts'
import { imageOf, NODE } from './images.ts'

test('the metrics of the cache as they are served', async () => {
  const cache = createProcessCache({ nodeName: NODE, capacity: 2 })
  for (let pid = 1; pid <= 3; pid++) cache.add(imageOf(pid))
  cache.get('nobody')
  const follow = { retries: { exec: 4 }, failures: { pod: 0 }, losses: 1 }
  const { text } = await renderMetrics(processFamilies(metricSamples(cache.counts(), follow)), '')
  for (const line of [
    'tsupervise_process_cache_size 2',
    'tsupervise_process_cache_capacity 2',
    'tsupervise_process_cache_evictions_total 1',
    'tsupervise_process_cache_misses_total{operation="get"} 1',
    'tsupervise_process_cache_misses_total{operation="pid"} 0',
    'tsupervise_process_cache_early_deletions_total 0',
    'tsupervise_process_event_retries_total{kind="exec"} 4',
    'tsupervise_process_event_failures_total{kind="pod"} 0',
    'tsupervise_process_event_losses_total 1'
  ]) {
    expect(text.split('\n')).toContain(line)
  }
})
