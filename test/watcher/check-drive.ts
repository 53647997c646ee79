import type { ProcessSample, TreeSample } from '../../src/core/process/sample.ts'
import type { Compat, NodeSettings } from '../../src/core/settings.ts'
import { type CheckContext, type CheckResult, check, NOTHING_SEEN, needsPss, type WatchState } from '../../src/core/watcher/check.ts'
import { limits, MB } from './node-settings.ts'

export const process = (pid: number, startTime: number): ProcessSample => ({
  pid,
  startTime,
  execId: 'x',
  ppid: 1,
  pgid: pid,
  sid: pid,
  state: 'S',
  comm: 'api',
  command: 'api',
  threads: 1,
  cpuMs: 0,
  rssBytes: 0
})

export interface Figures {
  /** CPU used since the check before, ms. */
  readonly cpu?: number
  readonly rss?: number
  /** undefined: cannot be read. */
  readonly pss?: number | undefined
  readonly leaderRss?: number
}

/** Checks of one node, an interval apart unless told otherwise. */
export class CheckDrive {
  watch: WatchState = NOTHING_SEEN
  at = 0
  pssReads = 0
  #cpuMs = 0
  context: CheckContext

  constructor(settings: Partial<Pick<NodeSettings, 'limits' | 'scope' | 'delayMs'>> = {}, compat: Compat = 'none') {
    this.context = {
      settings: { limits: limits(), scope: 'tree', delayMs: 0, ...settings },
      compat,
      intervalMs: 3000,
      logicalCpus: 2,
      leader: { pid: 4211, startTime: 100 },
      startedAt: 0,
      time: '2026-01-01T00:00:00.000Z'
    }
  }

  /** The same node, a new life, now. */
  respawn(pid: number): this {
    this.context = { ...this.context, leader: { pid, startTime: this.at }, startedAt: this.at }
    this.#cpuMs = 0
    return this
  }

  sample({ cpu = 0, rss = 100 * MB, leaderRss = rss }: Figures): TreeSample {
    this.#cpuMs += cpu
    const { pid, startTime } = this.context.leader
    return {
      at: this.at,
      cpuMs: this.#cpuMs,
      leaderCpuMs: this.#cpuMs,
      cpuSource: 'stat',
      rssBytes: rss,
      leaderRssBytes: leaderRss,
      processes: [process(pid, startTime)]
    }
  }

  check(figures: Figures = {}, afterMs = 3000): CheckResult {
    this.at += afterMs
    const sample = this.sample(figures)
    return this.judge(sample, 'pss' in figures ? figures.pss : sample.rssBytes)
  }

  judge(sample: TreeSample, pss?: number): CheckResult {
    const asked = needsPss(this.watch, sample, this.context)
    if (asked) this.pssReads += 1
    const result = check(this.watch, sample, asked ? pss : undefined, this.context)
    this.watch = result.watch
    return result
  }
}
