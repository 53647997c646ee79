import type { StopReason } from '../receipt.ts'
import type { Compat, NodeKind, SignalName, StopPolicy } from '../settings.ts'
import type { WarnDecision } from './warn-signal.ts'

/** What a stop will do, decided beforehand. Durations in ms. */
export interface StopPlan {
  /** `process`: the leader alone. */
  readonly scope: 'tree' | 'process'
  /** To the leader, before everything else. */
  readonly warn: WarnDecision | undefined
  /** undefined: SIGKILL at once. */
  readonly terminate: { readonly signal: SignalName; readonly graceMs: number } | undefined
  /** SIGCONT after each catchable signal, which a stopped process sees only then. */
  readonly wake: boolean
  /** From the first SIGKILL until what survives is reported. */
  readonly killLimitMs: number
}

/** Up to this long after SIGKILL a process may take to be gone; watchdog: "Stopping". */
export const KILL_LIMIT_MS = 2000

export interface StopRequest {
  readonly reason: StopReason
  readonly kind: NodeKind
  readonly scope: 'tree' | 'process'
  readonly stop: StopPolicy
  readonly compat: Compat
  /** Of the leader; asked only where a warning is due. */
  readonly warning: () => WarnDecision
  /** SIGKILL at once. */
  readonly force: boolean
}

/** Whom to signal, with what, and how long to wait; watchdog: "Ladder". */
export function planStop(request: StopRequest): StopPlan {
  const { reason, stop, compat, force } = request
  if (compat === 'osquery') return referencePlan(request)
  return {
    scope: request.scope,
    warn: reason.kind === 'limit' && !force ? request.warning() : undefined,
    terminate: force ? undefined : { signal: stop.signal, graceMs: graceOf(reason, stop) },
    wake: true,
    killLimitMs: KILL_LIMIT_MS
  }
}

/** The reference: one pid; SIGUSR1 whatever the worker does with it, SIGTERM, a wait, SIGKILL. */
function referencePlan({ reason, kind, stop, force }: StopRequest): StopPlan {
  return {
    scope: 'process',
    warn: reason.kind === 'limit' && kind === 'worker' && !force ? { kind: 'send', signal: 'SIGUSR1' } : undefined,
    terminate: force ? undefined : { signal: 'SIGTERM', graceMs: graceOf(reason, stop) },
    wake: false,
    killLimitMs: KILL_LIMIT_MS
  }
}

/** What somebody asked for may take longer than what broke a rule. */
const graceOf = (reason: StopReason, stop: StopPolicy): number =>
  reason.kind === 'command' || reason.kind === 'shutdown' ? stop.commandedGraceMs : stop.graceMs

/** What an observed stop would have done, in the words of a receipt; nothing is sent. */
export function wouldSend(plan: StopPlan): readonly { readonly signal: SignalName; readonly target: 'leader' | 'group' }[] {
  const whole = plan.scope === 'tree' ? 'group' : 'leader'
  const warn = plan.warn?.kind === 'send' ? [{ signal: plan.warn.signal, target: 'leader' as const }] : []
  return [...warn, { signal: plan.terminate?.signal ?? 'SIGKILL', target: whole }]
}
