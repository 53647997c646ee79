import { createSystemClock } from '../../src/core/clock.ts'
import type { Signaller } from '../../src/core/ports.ts'
import type { ProcessSample } from '../../src/core/process/sample.ts'
import type { SignalRecord } from '../../src/core/receipt.ts'
import { type LadderPorts, runLadder } from '../../src/core/stop/ladder.ts'
import type { StopPlan } from '../../src/core/stop/plan.ts'
import { createSignaller } from '../../src/core/stop/signal.ts'
import { membersOf } from './members.ts'
import type { Spawned, Spawning } from './spawning.ts'

export const stopPlan = (given: Partial<StopPlan> = {}): StopPlan => ({
  scope: 'tree',
  warn: undefined,
  terminate: { signal: 'SIGTERM', graceMs: 300 },
  wake: true,
  killLimitMs: 20_000,
  ...given
})

/** A ladder on the real tree of a child; deaths are found by looking. Call it while the leader lives. */
export function stopping(spawning: Spawning, { child }: Pick<Spawned, 'child'>, signaller: Signaller = createSignaller()) {
  const records: SignalRecord[] = []
  const stuck: (readonly ProcessSample[])[] = []
  signaller.hold(child.leader)
  return {
    records,
    stuck,
    /** Signals without the SIGCONT that follow them, as `SIGNAL target outcome`. */
    sent: (): string[] =>
      records.filter(({ signal }) => signal !== 'SIGCONT').map(({ signal, target, outcome }) => `${signal} ${target} ${outcome}`),
    run: (plan: StopPlan, ports: Partial<LadderPorts> = {}) =>
      runLadder(plan, child.leader, {
        clock: createSystemClock(),
        signaller,
        members: membersOf(spawning.processes, child.leader.pid),
        onDeath: () => () => undefined,
        record: (record) => records.push(record),
        onStuck: (survivors) => stuck.push(survivors),
        ...ports
      })
  }
}
