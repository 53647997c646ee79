import type { EventSubject } from '../events.ts'
import type { ProcessSample, TreeSample } from '../process/sample.ts'
import type { LedgerEntry, StopReason } from '../receipt.ts'
import type { NodeSettings } from '../settings.ts'
import { type CheckContext, check, NOTHING_SEEN, needsPss } from '../watcher/check.ts'
import { isLookedAt } from '../watcher/pass.ts'
import type { Run } from './context.ts'
import type { Incarnation } from './incarnation.ts'
import { isObserved, tellWouldStop } from './would-stop.ts'

export interface CheckRequest {
  readonly sample: TreeSample
  readonly settings: NodeSettings
  readonly incarnation: Incarnation
  readonly subject: () => EventSubject
}

/** The watchdog's eye on one node. */
export interface Watch {
  /** Of the present life, oldest first. */
  ledger(): readonly LedgerEntry[]
  /** One check: tells what it found; gives the reason when the node is to be stopped now. */
  check(request: CheckRequest): Promise<StopReason | undefined>
  /** Health or readiness failed: false when the node is only observed, and a receipt says what would have been done. */
  mayStop(reason: StopReason, request: Omit<CheckRequest, 'sample'>): boolean
}

export function createWatch(run: Run): Watch {
  const { clock, table, emit } = run.ports
  let state = NOTHING_SEEN
  /** The rule whose would-be stop was already accounted for, until it recovers. */
  let observed: 'cpu' | 'memory' | undefined

  return {
    ledger: () => state.ledger,
    async check(request) {
      const context = contextOf(request)
      if (context === undefined) return undefined
      const pssBytes = needsPss(state, request.sample, context) ? await table.pss(request.settings.name) : undefined
      const result = check(state, request.sample, pssBytes, context)
      state = result.watch
      const observing = isObserved(request.settings, run)
      const subject = request.subject()
      emit({ type: 'checked', entry: result.entry, acting: !observing }, subject)
      for (const exceeding of result.began) emit({ type: 'limit-exceeded', ...exceeding }, subject)
      for (const rule of result.recovered) emit({ type: 'limit-recovered', rule }, subject)
      return observing ? observe(result.broken, request) : result.broken
    },
    mayStop(reason, request) {
      if (!isObserved(request.settings, run)) return true
      tell(reason, request, [])
      return false
    }
  }

  /** undefined: this pass does not look at the node. */
  function contextOf({ settings, incarnation }: CheckRequest): CheckContext | undefined {
    const { compat, intervalMs } = run.settings
    const life = incarnation.started()
    const workerStartedAt = run.workerStartedAt()
    const workerUptimeMs = workerStartedAt === undefined ? undefined : clock.now() - workerStartedAt
    if (life === undefined || !isLookedAt(settings, workerUptimeMs, compat)) return undefined
    const delayFrom = compat === 'osquery' && workerStartedAt !== undefined ? workerStartedAt : life.at
    const time = new Date(clock.wall()).toISOString()
    return { settings, compat, intervalMs, logicalCpus: run.ports.logicalCpus, leader: life, startedAt: life.at, delayFrom, time }
  }

  /** Nothing is stopped; a receipt says once what would have been, until the rule recovers. */
  function observe(broken: StopReason | undefined, request: CheckRequest): undefined {
    const rule = broken?.kind === 'limit' ? broken.rule : undefined
    if (broken !== undefined && rule !== observed) tell(broken, request, request.sample.processes)
    observed = rule
  }

  function tell(
    reason: StopReason,
    { settings, incarnation, subject }: Omit<CheckRequest, 'sample'>,
    tree: readonly ProcessSample[]
  ): void {
    const leader = incarnation.started()
    if (leader === undefined) return
    tellWouldStop({ run, settings, reason, incarnation: incarnation.number, leader, window: state.ledger, tree, subject: subject() })
  }
}
