import type { NodeSample } from '../events.ts'
import type { TreeSample } from '../process/sample.ts'
import { judgeOwnHealth } from '../watcher/own-health.ts'
import type { Run, RunEnd } from './context.ts'
import type { NodeRunner } from './node-runner.ts'
import { type Rated, rateTree } from './rates.ts'
import { createRefresher } from './refresher.ts'
import { createSelfMeter, residentBytes } from './self.ts'
import { createTicker } from './ticker.ts'

/** How long giving up the interface may take to give its memory back. */
const RELIEF_MS = 10_000

export interface Monitor {
  start(): void
  setRefreshPeriod(ms: number | undefined): void
  /** The settings have another one between two checks. */
  intervalChanged(): void
  stop(): void
}

export interface MonitorRequest {
  readonly run: Run
  readonly runners: ReadonlyMap<string, NodeRunner>
  readonly end: (end: RunEnd) => void
}

/** The two rhythms of the run: the checks of the watchdog, and samples for a screen where somebody looks, as far as the checks' own come too seldom. */
export function createMonitor({ run, runners, end }: MonitorRequest): Monitor {
  const { clock, table, emit } = run.ports
  const refresh = createRefresher(table)
  const meter = createSelfMeter(clock)
  const rated = new Map<string, Rated>()
  let refreshPeriod: number | undefined
  let shownAt = Number.NEGATIVE_INFINITY
  let interfaceGivenUpAt: number | undefined

  const show = (samples: ReadonlyMap<string, TreeSample>): void => {
    const news: NodeSample[] = []
    for (const [node, read] of samples) {
      const previous = rated.get(node)
      if (previous?.read.at === read.at) continue
      const isSameLife = previous?.read.processes[0]?.startTime === read.processes[0]?.startTime
      const shown = rateTree(node, isSameLife ? previous : undefined, read)
      rated.set(node, { read, shown })
      news.push(shown)
    }
    for (const node of rated.keys()) if (!samples.has(node)) rated.delete(node)
    emit({ type: 'refreshed', samples: news })
    emit(meter())
    shownAt = clock.now()
    screen.setPeriod(refreshPeriod)
  }

  /** Too short a time ago for whoever looks. */
  const isJustShown = (): boolean => refreshPeriod !== undefined && clock.now() - shownAt < 0.9 * refreshPeriod

  const check = async (): Promise<void> => {
    const samples = await refresh()
    if (!isJustShown()) show(samples)
    for (const [node, sample] of samples) await runners.get(node)?.check(sample)
    for (const runner of runners.values()) runner.tellBudget()
    checkSelf()
  }

  const checkSelf = (): void => {
    const rssBytes = residentBytes()
    if (rssBytes === undefined) return
    const limitBytes = run.settings.ownMemoryLimit.value
    const decision = judgeOwnHealth({ rssBytes, limitBytes, hasInterface: refreshPeriod !== undefined && interfaceGivenUpAt === undefined })
    if (decision === 'none') return
    if (interfaceGivenUpAt !== undefined && clock.now() - interfaceGivenUpAt < RELIEF_MS) return
    if (decision === 'close-interface') {
      interfaceGivenUpAt = clock.now()
      emit({ type: 'self-unhealthy', rssBytes, limitBytes, action: 'interface-closed' })
      return
    }
    emit({ type: 'self-unhealthy', rssBytes, limitBytes, action: 'shutdown' })
    end({ code: 78, reason: `the supervisor itself uses ${mebibytes(rssBytes)} MB, its limit is ${mebibytes(limitBytes)} MB` })
  }

  const checks = createTicker(clock, check)
  const screen = createTicker(clock, async () => show(await refresh()))

  return {
    start: () => checks.setPeriod(run.settings.intervalMs),
    intervalChanged: () => checks.setPeriod(run.settings.intervalMs),
    setRefreshPeriod(ms) {
      refreshPeriod = ms
      screen.setPeriod(ms)
    },
    stop() {
      checks.stop()
      screen.stop()
    }
  }
}

const mebibytes = (bytes: number): number => Math.round(bytes / 2 ** 20)
