import type { EventSubject } from '../events.ts'
import type { Identity } from '../process/identity.ts'
import type { ProcessSample } from '../process/sample.ts'
import type { LedgerEntry, Receipt, SignalRecord, StopReason } from '../receipt.ts'
import type { NodeSettings } from '../settings.ts'
import { planStop, wouldSend } from '../stop/plan.ts'
import { addSignal, closeReceipt, followReceipt, openReceipt } from '../stop/receipt.ts'
import { decideWarning, readWarnFacts } from '../stop/warn-signal.ts'
import type { Run } from './context.ts'

/** Whether the supervisor only says what it would stop; watchdog: "Observe". What a person asks for is done all the same. */
export const isObserved = ({ observe }: Pick<NodeSettings, 'observe'>, { settings }: Pick<Run, 'settings'>): boolean =>
  observe || settings.dryRun

export interface WouldStop {
  readonly run: Run
  readonly settings: NodeSettings
  readonly reason: StopReason
  readonly incarnation: number
  readonly leader: Identity & { readonly execId: string }
  readonly window: readonly LedgerEntry[]
  readonly tree: readonly ProcessSample[]
  readonly subject: EventSubject
}

/** The receipt of a stop that is only observed: what would have been sent, to whom, and why; nothing is. Gives its number. */
export function tellWouldStop({ run, settings, reason, incarnation, leader, window, tree, subject }: WouldStop): number {
  const { clock, emit } = run.ports
  const opened = openReceipt({
    id: run.nextReceiptId(),
    node: settings.name,
    incarnation,
    leader,
    mode: 'would-stop',
    reason,
    window,
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
  const wouldBe = ({ signal, target }: Pick<SignalRecord, 'signal' | 'target'>): SignalRecord => {
    const time = new Date(clock.wall()).toISOString()
    return { time, signal, target, pid: leader.pid, execId: leader.execId, outcome: 'would-send', detail: undefined }
  }
  const told = wouldSend(plan).reduce((receipt: Receipt, signal) => addSignal(receipt, wouldBe(signal)), opened)
  const closed = closeReceipt(told, { exit: undefined, survivors: [], at: clock.wall(), durationMs: 0 })
  emit({ type: 'receipt-opened', receipt: opened }, subject)
  emit({ type: 'receipt-closed', receipt: followReceipt(closed, { kind: 'none' }) }, subject)
  return opened.id
}
