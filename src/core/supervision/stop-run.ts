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
import { waitForTree } from './left-alone.ts'
import { movedElsewhere } from './moved.ts'
import { isObserved, tellWouldStop } from './would-stop.ts'

/** The leader has ended or is being killed: its status follows within this, or is unknown. */
const EXIT_WAIT_MS = 2000

/** One stop of one tree, from its reason to its receipt. */
export interface StopRun {
  /** Ends what was only observed so far, for this reason; harmless where it is being ended already. */
  insist(reason: StopReason): void
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

/**
 * Ends a tree by the ladder and tells the machine when it is empty, or that it does not become so. What a leader left behind is left
 * alone where the node is only observed, until it has ended by itself or somebody insists.
 */
export function startStop(request: StopRequest): StopRun {
  const { effect, settings, run, incarnation, feed } = request
  const { ports } = run
  const { clock, table, signaller, emit, hooks } = ports
  const life = incarnation.started()
  const subject = request.subject()
  const startedAt = clock.now()
  let receipt: Receipt | undefined
  let ladder: Ladder | undefined
  const asked = Promise.withResolvers<StopReason>()
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
    tellMoved(tree)
  }

  /** What a stop of the cgroup does not reach is ended one by one, and named. */
  const tellMoved = (tree: readonly ProcessSample[]): void => {
    const cgroup = incarnation.cgroup()
    const moved = cgroup === undefined || settings.scope === 'process' ? [] : movedElsewhere(cgroup, tree)
    if (moved.length === 0) return
    const places = moved.map(({ pid, to }) => `${pid} (${to})`).join(', ')
    const failure = { code: 'moved-elsewhere', message: `not in the cgroup of its tree any more, moved by root or PAM: ${places}` }
    emit({ type: 'problem', failure, next: 'They are ended one by one, by what is known of them.' }, subject)
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
        if (receipt !== undefined) emit({ type: 'node-stuck', receipt: receipt.id, survivors: pids, because: 'unkillable' }, subject)
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

  const stop = async (reason: StopReason): Promise<void> => {
    open(reason, await members())
    await takeDiagnostics(reason)
    await climb(reason)
    endRestOfCgroup()
  }

  /** What the leader left behind when it ended by itself. */
  const drain = async (): Promise<void> => {
    if (settings.scope === 'process' || life === undefined) return
    const tree = await members()
    const reason: StopReason = { kind: 'leftovers', detail: `the leader has ended, ${tree.length} of its processes had not` }
    if (!isObserved(settings, run)) return tree.length > 0 ? stop(reason) : endRestOfCgroup()
    if (tree.length === 0) return
    const told = { run, settings, reason, incarnation: incarnation.number, leader: life, window: request.window, tree, subject }
    const survivors = tree.map(({ pid }) => pid)
    emit({ type: 'node-stuck', receipt: tellWouldStop(told), survivors, because: 'observed' }, subject)
    feed({ type: 'left-behind' })
    const lookMs = run.settings.intervalMs
    const insisted = await waitForTree({ node: settings.name, cgroup: incarnation.cgroup(), table, clock, lookMs, asked: asked.promise })
    if (insisted !== undefined) await stop(insisted)
  }

  const perform = async (): Promise<void> => {
    await (effect.type === 'drain' ? drain() : stop(effect.reason))
    const exit = await exitOf(incarnation, run)
    close(exit, [])
    incarnation.release()
    feed({ type: 'tree-emptied', at: clock.now() })
  }

  void perform()

  return {
    insist: asked.resolve,
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
