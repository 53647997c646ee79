import { createSystemClock } from '../../src/core/clock.ts'
import type { Signaller } from '../../src/core/ports.ts'
import type { Identity } from '../../src/core/process/identity.ts'
import type { ProcessSample } from '../../src/core/process/sample.ts'
import type { CommandPorts } from '../../src/core/side-command/run.ts'
import { createSignaller } from '../../src/core/stop/signal.ts'
import { identityOf, statFields, type TestProcesses } from './processes.ts'

export interface RealPorts extends CommandPorts {
  /** Every signal that was asked for, in order. */
  readonly signals: readonly string[]
}

/** The ports of side commands over real processes; `pidfds: 'none'` is a kernel that cannot signal a group through its leader. */
export function realPorts(processes: TestProcesses, pidfds: 'auto' | 'none' = 'auto'): RealPorts {
  const signals: string[] = []
  const real = createSignaller({ pidfds })
  const signaller: Signaller = {
    hold: (target) => real.hold(target),
    signal(target, signal) {
      signals.push(`${signal} ${target.pid}`)
      return real.signal(target, signal)
    },
    signalGroup(leader, signal) {
      const outcome = real.signalGroup(leader, signal)
      if (outcome !== undefined) signals.push(`${signal} group ${leader.pid}`)
      return outcome
    }
  }
  return {
    clock: createSystemClock(),
    signaller,
    signals,
    env: processes.environment,
    table: {
      inspect: (pid) => sampleFor(identityOf(pid)),
      strays: () => Promise.resolve(processes.alive().flatMap((identity) => sampleFor(identity) ?? []))
    }
  }
}

function sampleFor(identity: Identity | undefined): ProcessSample | undefined {
  const stat = identity && statFields(identity.pid)
  if (identity === undefined || stat === undefined) return undefined
  const { ppid, pgid, sid, state } = stat
  return { ...identity, execId: '', ppid, pgid, sid, state, comm: '', command: '', threads: 1, cpuMs: 0, rssBytes: 0 }
}
