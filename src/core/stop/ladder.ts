import type { Cancel, Clock, Signaller } from '../ports.ts'
import { type Identity, sameProcess } from '../process/identity.ts'
import type { ProcessSample } from '../process/sample.ts'
import type { SignalOutcome, SignalRecord } from '../receipt.ts'
import { createDelivery } from './delivery.ts'
import type { StopPlan } from './plan.ts'

export interface LadderPorts {
  readonly clock: Clock
  readonly signaller: Signaller
  /** The living members now, no zombies, leader first; found afresh. */
  readonly members: () => Promise<readonly ProcessSample[]>
  /** Calls at each death in the tree, where deaths are events; the ladder also looks by itself. */
  readonly onDeath: (listener: () => void) => Cancel
  readonly record: (record: SignalRecord) => void
  /** Once, when the tree is not empty `killLimitMs` after SIGKILL. The ladder goes on until it is. */
  readonly onStuck: (survivors: readonly ProcessSample[]) => void
  /** Asked for every process before every signal; false: it is left alone. Default: all may be signalled. */
  readonly authority?: (target: ProcessSample) => boolean
  /** Ends all of the tree's cgroup at once, where it has one; not used together with `authority`. */
  readonly killCgroup?: () => SignalOutcome
}

export interface LadderEnd {
  /** Until the tree was empty, ms. */
  readonly durationMs: number
  readonly stuck: boolean
  /** Still alive because nothing may be sent to them; empty without `authority`. */
  readonly refused: readonly ProcessSample[]
}

export interface Ladder {
  /** When the tree is empty (under scope `process`: the leader gone), or only what may not be signalled is left. */
  readonly done: Promise<LadderEnd>
  /** SIGKILL now. */
  escalate(): void
}

/** Looks at the tree this often even if no death is told. */
const LOOK_MS = 200
/** One look can miss a process that is forked meanwhile, by a parent that ends: empty is what is empty so many times. */
const LOOKS = 3
/** Hundreds of deaths in a moment are looked at together. */
const LEAST_LOOK_MS = 5
/** Between two rounds of SIGKILL, at first and once the tree is stuck. */
const KILL_ROUND_MS = 20
const STUCK_ROUND_MS = 500

/** Stops a tree: warning, stop signal, wait, SIGKILL until nothing is left; watchdog: "Ladder". Hold the leader before. */
export function runLadder(plan: StopPlan, leader: Identity & { readonly execId?: string }, ports: LadderPorts): Ladder {
  const { clock, authority = () => true } = ports
  const delivery = createDelivery(plan, leader, { ...ports, authority })
  const startedAt = clock.now()
  let escalated = false
  let lookedAt = Number.NEGATIVE_INFINITY
  let wakeUp = (): void => undefined

  const living = async (): Promise<readonly ProcessSample[]> => {
    const members = await ports.members()
    return plan.scope === 'tree' ? members : members.filter((member) => sameProcess(member, leader))
  }

  const survivors = async (): Promise<readonly ProcessSample[]> => {
    lookedAt = clock.now()
    for (let look = 1; ; look++) {
      const found = await living()
      if (found.length > 0 || look === LOOKS || plan.scope === 'process') return found
    }
  }

  /** Until a death is told, the ladder is escalated, or the time is over. */
  const change = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const cancels: Cancel[] = []
      const end = (): void => {
        for (const cancel of cancels) cancel()
        resolve()
      }
      wakeUp = end
      const soon = (): void => void cancels.push(clock.after(Math.max(0, lookedAt + LEAST_LOOK_MS - clock.now()), end))
      cancels.push(ports.onDeath(soon), clock.after(ms, end))
    })

  /** Waits for the empty tree; what is left at the deadline or at `escalate`. */
  const emptyWithin = async (ms: number): Promise<readonly ProcessSample[]> => {
    const deadline = clock.now() + ms
    for (;;) {
      const left = await survivors()
      const rest = deadline - clock.now()
      if (left.length === 0 || escalated || rest <= 0) return left
      await change(Math.min(rest, LOOK_MS))
    }
  }

  const killUntilEmpty = async (): Promise<Pick<LadderEnd, 'stuck' | 'refused'>> => {
    const killedAt = clock.now()
    let stuck = false
    for (let round = 0; ; round++) {
      const left = await survivors()
      if (left.every((member) => !authority(member))) return { stuck, refused: left }
      delivery.kill(left, round)
      if (!stuck && clock.now() - killedAt >= plan.killLimitMs) {
        stuck = true
        ports.onStuck(left)
      }
      await change(stuck ? STUCK_ROUND_MS : KILL_ROUND_MS)
    }
  }

  const run = async (): Promise<LadderEnd> => {
    const first = await survivors()
    if (first.length > 0 && plan.terminate !== undefined && !escalated) {
      delivery.warn(first)
      delivery.terminate(first, plan.terminate.signal)
      await emptyWithin(plan.terminate.graceMs)
    }
    const end = await killUntilEmpty()
    return { durationMs: clock.now() - startedAt, ...end }
  }

  return {
    done: run(),
    escalate() {
      escalated = true
      wakeUp()
    }
  }
}
