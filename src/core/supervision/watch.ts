import type { EventSubject } from '../events.ts'
import type { ProcessSample, TreeSample } from '../process/sample.ts'
import type { LedgerEntry, Receipt, SignalRecord, StopReason } from '../receipt.ts'
import type { NodeSettings } from '../settings.ts'
import { planStop, wouldSend } from '../stop/plan.ts'
import { addSignal, closeReceipt, followReceipt, openReceipt } from '../stop/receipt.ts'
import { decideWarning, readWarnFacts } from '../stop/warn-signal.ts'
import { type CheckContext, check, NOTHING_SEEN, needsPss } from '../watcher/check.ts'
import { isLookedAt } from '../watcher/pass.ts'
import type { Run } from './context.ts'
import type { Incarnation } from './incarnation.ts'

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
      const observing = request.settings.observe || run.settings.dryRun
      const subject = request.subject()
      emit({ type: 'checked', entry: result.entry, acting: !observing }, subject)
      for (const exceeding of result.began) emit({ type: 'limit-exceeded', ...exceeding }, subject)
      for (const rule of result.recovered) emit({ type: 'limit-recovered', rule }, subject)
      return observing ? observe(result.broken, request) : result.broken
    },
    mayStop(reason, request) {
      if (!request.settings.observe && !run.settings.dryRun) return true
      tellWouldStop(reason, request, [])
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
    if (broken !== undefined && rule !== observed) tellWouldStop(broken, request, request.sample.processes)
    observed = rule
  }

  /** The receipt of a stop that is only observed: what would have been sent, to whom, and why; nothing is. */
  function tellWouldStop(
    reason: StopReason,
    { settings, incarnation, subject }: Omit<CheckRequest, 'sample'>,
    tree: readonly ProcessSample[]
  ): void {
    const leader = incarnation.started()
    if (leader === undefined) return
    const opened = openReceipt({
      id: run.nextReceiptId(),
      node: settings.name,
      incarnation: incarnation.number,
      leader,
      mode: 'would-stop',
      reason,
      window: state.ledger,
      tree,
      at: clock.wall()
    })
    const plan = planStop({
      reason,
      kind: settings.kind,
      scope: settings.scope,
      stop: settings.stop,
      compat: run.settings.compat,
      warning: () => decideWarning(settings.stop.warnSignal, readWarnFacts(leader.pid)),
      force: false
    })
    const told = wouldSend(plan).reduce(
      (receipt: Receipt, { signal, target }) => addSignal(receipt, wouldBe({ signal, target }, leader)),
      opened
    )
    const closed = closeReceipt(told, { exit: undefined, survivors: [], at: clock.wall(), durationMs: 0 })
    emit({ type: 'receipt-opened', receipt: opened }, subject())
    emit({ type: 'receipt-closed', receipt: followReceipt(closed, { kind: 'none' }) }, subject())
  }

  function wouldBe({ signal, target }: Pick<SignalRecord, 'signal' | 'target'>, leader: { pid: number; execId: string }): SignalRecord {
    const time = new Date(clock.wall()).toISOString()
    return { time, signal, target, pid: leader.pid, execId: leader.execId, outcome: 'would-send', detail: undefined }
  }
}
