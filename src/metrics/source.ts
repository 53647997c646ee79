import type { Clock } from '../core/ports.ts'
import type { SupervisorState } from '../store.ts'
import type { Family } from './family.ts'
import { createLoopDelay } from './loop-delay.ts'
import { type RenderedMetrics, renderMetrics } from './render.ts'
import { familiesOf } from './samples.ts'
import type { Tally } from './tally.ts'

export interface MetricsSource {
  /** In the format that an Accept header asks for. */
  render(accept: string): Promise<RenderedMetrics>
  close(): void
}

/** The metrics of a run, measured when they are asked for; `more` are those of its parts. */
export function createMetricsSource(
  clock: Clock,
  state: () => SupervisorState,
  tally: Tally,
  more: () => readonly Family[] = () => []
): MetricsSource {
  const loopDelay = createLoopDelay(clock)
  return {
    render(accept) {
      const { user, system } = process.cpuUsage()
      const own = { cpuSeconds: (user + system) / 1e6, rssBytes: process.memoryUsage.rss(), loopDelay: loopDelay.look() }
      return renderMetrics([...familiesOf({ state: state(), tally, own, now: clock.wall() }), ...more()], accept)
    },
    close: () => loopDelay.close()
  }
}
