import type { Facility, SupervisorEvent } from '../core/events.ts'
import type { RunState } from '../store.ts'
import { pushHistory } from './bounded.ts'
import { keepEqual } from './keep-equal.ts'

/** What an event changes about the run as a whole. */
export function reduceRun(run: RunState, event: SupervisorEvent): RunState {
  switch (event.type) {
    case 'supervisor-started':
      return {
        ...run,
        host: event.host,
        version: event.version,
        pid: event.pid,
        startedAt: event.time,
        level: event.level,
        compat: event.compat,
        dryRun: event.dryRun,
        sampler: event.sampler,
        logicalCpus: event.logicalCpus,
        facilities: event.facilities
      }
    case 'facility-changed':
      return { ...run, facilities: replaceFacility(run.facilities, event.facility) }
    case 'reloaded':
      return { ...run, level: event.level, dryRun: event.dryRun, intervalMs: event.intervalMs }
    case 'shutdown-started':
      return { ...run, shutdown: { code: event.code, reason: event.reason } }
    case 'supervisor-ended':
      return { ...run, ended: { code: event.code, reason: event.reason } }
    case 'self-sampled': {
      const { cpuPercent, rssBytes, hostCpuPercent, hostMemoryUsed, hostMemoryTotal } = event
      const self = keepEqual(run.self, { cpuPercent, rssBytes, hostCpuPercent, hostMemoryUsed, hostMemoryTotal })
      const hostCpuHistory = pushHistory(run.hostCpuHistory, hostCpuPercent)
      return self === run.self && hostCpuHistory === run.hostCpuHistory ? run : { ...run, self, hostCpuHistory }
    }
    default:
      return run
  }
}

function replaceFacility(facilities: readonly Facility[], changed: Facility): readonly Facility[] {
  if (!facilities.some((facility) => facility.name === changed.name)) return [...facilities, changed]
  return facilities.map((facility) => (facility.name === changed.name ? changed : facility))
}
