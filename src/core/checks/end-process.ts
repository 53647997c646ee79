import type { Emit } from '../events.ts'
import type { Clock, Signaller } from '../ports.ts'
import { type Identity, sameProcess } from '../process/identity.ts'
import type { ProcessSample } from '../process/sample.ts'
import { hasEnded } from '../process/stat-line.ts'
import type { SignalRecord } from '../receipt.ts'
import { type Ladder, runLadder } from '../stop/ladder.ts'
import { KILL_LIMIT_MS, type StopPlan } from '../stop/plan.ts'
import { addSignal, closeReceipt, followReceipt, openReceipt } from '../stop/receipt.ts'

/** From SIGTERM to SIGKILL. */
const GRACE_MS = 5000

const PLAN: StopPlan = {
  scope: 'process',
  warn: undefined,
  terminate: { signal: 'SIGTERM', graceMs: GRACE_MS },
  wake: true,
  killLimitMs: KILL_LIMIT_MS
}

export interface EndPorts {
  readonly clock: Clock
  readonly signaller: Signaller
  readonly inspect: (pid: number) => ProcessSample | undefined
  readonly emit: Emit
  readonly nextReceiptId: () => number
}

export interface EndRequest {
  readonly target: Identity
  readonly check: string
  readonly detail: string
  /** observe: the receipt says what would be done, nothing is signalled. */
  readonly mode: 'act' | 'observe'
}

/** An end under way. */
export interface Ending {
  readonly done: Promise<void>
  /** SIGKILL instead of the rest of the grace. */
  hurry(): void
}

/** Ends one offending process by the ladder, with a receipt; undefined: it is gone, or the number is another's by now. */
export function endProcess({ target, check, detail, mode }: EndRequest, ports: EndPorts): Ending | undefined {
  const { clock, signaller, emit } = ports
  const alive = (): readonly ProcessSample[] => {
    const now = ports.inspect(target.pid)
    return now !== undefined && sameProcess(now, target) && !hasEnded(now) ? [now] : []
  }
  const release = signaller.hold(target)
  const [sample] = alive()
  if (sample === undefined) {
    release()
    return undefined
  }
  const startedAt = clock.now()
  const subject = { pid: target.pid, execId: sample.execId }
  const modeOf = mode === 'act' ? 'stopped' : 'would-stop'
  let receipt = openReceipt({
    id: ports.nextReceiptId(),
    node: 'check',
    incarnation: 0,
    leader: sample,
    mode: modeOf,
    reason: { kind: 'check', check, detail },
    window: [],
    tree: [sample],
    at: clock.wall()
  })
  emit({ type: 'receipt-opened', receipt }, subject)

  const close = (survivors: readonly ProcessSample[]): void => {
    const closing = { exit: undefined, survivors, at: clock.wall(), durationMs: clock.now() - startedAt }
    receipt = followReceipt(closeReceipt(receipt, closing), mode === 'act' ? { kind: 'stopped' } : { kind: 'none' })
    emit({ type: 'receipt-closed', receipt }, subject)
  }

  if (mode === 'observe') {
    receipt = addSignal(receipt, wouldSend(sample, clock))
    close([])
    release()
    return { done: Promise.resolve(), hurry: () => undefined }
  }
  const ladder: Ladder = runLadder(PLAN, sample, {
    clock,
    signaller,
    members: async () => alive(),
    onDeath: () => () => undefined,
    record(signal) {
      receipt = addSignal(receipt, signal)
    },
    onStuck: close
  })
  const done = ladder.done.then(() => {
    close([])
    release()
  })
  return { done, hurry: ladder.escalate }
}

const wouldSend = ({ pid, execId }: ProcessSample, clock: Clock): SignalRecord => ({
  time: new Date(clock.wall()).toISOString(),
  signal: 'SIGTERM',
  target: 'leader',
  pid,
  execId,
  outcome: 'would-send',
  detail: undefined
})
