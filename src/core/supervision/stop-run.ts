import type { EventSubject } from '../events.ts'
import { killCgroup } from '../linux/cgroup.ts'
import { sameProcess } from '../process/identity.ts'
import type { ProcessSample } from '../process/sample.ts'
import type { ExitStatus, LedgerEntry, NextStep, Receipt, StopReason } from '../receipt.ts'
import type { NodeSettings } from '../settings.ts'
import { type Ladder, runLadder } from '../stop/ladder.ts'
import { planStop, type StopPlan } from '../stop/plan.ts'
import { addDiagnostics, addSignal, closeReceipt, followReceipt, openReceipt } from '../stop/receipt.ts'
import { decideWarning, readWarnFacts } from '../stop/warn-signal.ts'
import type { NodeEffect, NodeEvent } from '../watcher/machine.ts'
import type { Run } from './context.ts'
import type { Incarnation } from './incarnation.ts'

/** The leader has ended or is being killed: its status follows within this, or is unknown. */
const EXIT_WAIT_MS = 2000

/** One stop of one tree, from its reason to its receipt. */
export interface StopRun {
  /** SIGKILL now. */
  escalate(): void
  /** What happens next is known: completes the receipt. */
  follow(next: NextStep): void
}

export interface StopRequest {
  readonly effect: Extract<NodeEffect, { type: 'drain' | 'stop-tree' }>
  readonly settings: NodeSettings
  readonly run: Run
  readonly incarnation: Incarnation
  /** The watchdog's last entries. */
  readonly window: readonly LedgerEntry[]
  readonly feed: (event: NodeEvent) => void
  readonly subject: () => EventSubject
}

/** Ends a tree by the ladder and tells the machine when it is empty, or that it does not become so. */
export function startStop(request: StopRequest): StopRun {
  const { effect, settings, run, incarnation, feed } = request
  const { ports } = run
  const { clock, table, signaller, emit, hooks } = ports
  const life = incarnation.started()
  const subject = request.subject()
  const startedAt = clock.now()
  let receipt: Receipt | undefined
  let ladder: Ladder | undefined
  let forced = effect.type === 'stop-tree' && effect.kind === 'force'

  const members = (): Promise<readonly ProcessSample[]> => table.members(settings.name)

  const open = (reason: StopReason, tree: readonly ProcessSample[]): void => {
    if (life === undefined) return
    receipt = openReceipt({
      id: run.nextReceiptId(),
      node: settings.name,
      incarnation: incarnation.number,
      // it may have executed another program since its start
      leader: tree.find((process) => sameProcess(process, life)) ?? life,
      mode: 'stopped',
      reason,
      window: request.window,
      tree,
      at: clock.wall()
    })
    emit({ type: 'node-stopping', receipt: receipt.id, reason }, subject)
    emit({ type: 'receipt-opened', receipt }, subject)
  }

  const plan = (reason: StopReason, leaderPid: number): StopPlan =>
    planStop({
      reason,
      kind: settings.kind,
      scope: settings.scope,
      stop: settings.stop,
      compat: run.settings.compat,
      warning: () => decideWarning(settings.stop.warnSignal, readWarnFacts(leaderPid)),
      force: forced
    })

  const takeDiagnostics = async (reason: StopReason): Promise<void> => {
    if (reason.kind !== 'limit' || forced || receipt === undefined) return
    const output = await hooks.runBeforeLimitStop(receipt)
    if (output !== undefined) receipt = addDiagnostics(receipt, output)
  }

  const climb = async (reason: StopReason): Promise<void> => {
    if (life === undefined) return
    const cgroup = settings.scope === 'tree' ? incarnation.cgroup() : undefined
    ladder = runLadder(plan(reason, life.pid), life, {
      ...(cgroup === undefined ? {} : { killCgroup: () => (killCgroup(cgroup).ok ? 'sent' : 'gone') }),
      clock,
      signaller,
      members,
      onDeath: (listener) => table.onDeath((death) => (death.node === settings.name || death.node === undefined ? listener() : undefined)),
      record(signal) {
        if (receipt !== undefined) receipt = addSignal(receipt, signal)
      },
      onStuck(survivors) {
        close(undefined, survivors)
        const pids = survivors.map((survivor) => survivor.pid)
        if (receipt !== undefined) emit({ type: 'node-stuck', receipt: receipt.id, survivors: pids }, subject)
        feed({ type: 'unkillable', survivors: pids, at: clock.now() })
      }
    })
    if (forced) ladder.escalate()
    await ladder.done
  }

  /** Whatever the sampler could not see is in the cgroup all the same. */
  const endRestOfCgroup = (): void => {
    const cgroup = settings.scope === 'tree' ? incarnation.cgroup() : undefined
    if (cgroup !== undefined) killCgroup(cgroup)
  }

  const close = (exit: ExitStatus | undefined, survivors: readonly ProcessSample[]): void => {
    if (receipt === undefined) return
    receipt = closeReceipt(receipt, { exit, survivors, at: clock.wall(), durationMs: clock.now() - startedAt })
  }

  const perform = async (): Promise<void> => {
    const tree = settings.scope === 'process' && effect.type === 'drain' ? [] : await members()
    if (effect.type === 'drain' && tree.length > 0) {
      open({ kind: 'leftovers', detail: `the leader has ended, ${tree.length} of its processes had not` }, tree)
      await climb({ kind: 'leftovers', detail: '' })
    }
    if (effect.type === 'stop-tree') {
      open(effect.reason, tree)
      await takeDiagnostics(effect.reason)
      await climb(effect.reason)
    }
    endRestOfCgroup()
    const exit = await exitOf(incarnation, run)
    close(exit, [])
    incarnation.release()
    feed({ type: 'tree-emptied', at: clock.now() })
  }

  void perform()

  return {
    escalate() {
      forced = true
      ladder?.escalate()
    },
    follow(next) {
      if (receipt === undefined) return
      receipt = followReceipt(receipt, next)
      emit({ type: 'receipt-closed', receipt }, subject)
    }
  }
}

/** The leader's exit status; undefined if the system does not tell it in time. */
function exitOf(incarnation: Incarnation, { ports }: Run): Promise<ExitStatus | undefined> {
  return new Promise((resolve) => {
    const cancel = ports.clock.after(EXIT_WAIT_MS, () => resolve(undefined))
    void incarnation.exited.then((exit) => {
      cancel()
      resolve(exit)
    })
  })
}
