import { createSystemClock } from '../../src/core/clock.ts'
import { closePidfd, openPidfd, signalPidfd } from '../../src/core/linux/pidfd.ts'
import type { Signaller } from '../../src/core/ports.ts'
import { type Identity, identityKey } from '../../src/core/process/identity.ts'
import type { ProcessSample } from '../../src/core/process/sample.ts'
import type { CommandPorts } from '../../src/core/side-command/run.ts'
import { identityOf, isAlive, killIdentity, statFields, type TestProcesses } from './processes.ts'

export interface RealPorts extends CommandPorts {
  /** Every signal that was asked for, in order. */
  readonly signals: readonly string[]
  /** Descriptors that are still held. */
  readonly held: () => number
}

/**
 * The ports of side commands over real processes. `groups: false` is a kernel that cannot signal a group through its leader.
 */
export function realPorts(processes: TestProcesses, options: { readonly groups: boolean } = { groups: true }): RealPorts {
  const pidfds = new Map<string, number>()
  const signals: string[] = []
  const signaller: Signaller = {
    hold(target) {
      const opened = openPidfd(target.pid)
      if (!opened.ok) return () => undefined
      pidfds.set(identityKey(target), opened.value)
      return () => {
        if (pidfds.delete(identityKey(target))) closePidfd(opened.value)
      }
    },
    signal(target, signal) {
      signals.push(`${signal} ${target.pid}`)
      const there = isAlive(target)
      killIdentity(target, signal)
      return there ? 'sent' : 'gone'
    },
    signalGroup(leader, signal) {
      const fd = pidfds.get(identityKey(leader))
      if (fd === undefined || !options.groups) return undefined
      const outcome = signalPidfd(fd, signal === 'SIGKILL' ? 9 : 15, 'group')
      if (outcome === 'unsupported') return undefined
      signals.push(`${signal} group ${leader.pid} ${outcome}`)
      return outcome
    }
  }
  return {
    clock: createSystemClock(),
    signaller,
    signals,
    held: () => pidfds.size,
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
