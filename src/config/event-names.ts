import { type EventType, isTransient } from '../core/events.ts'

const EVENTS = {
  'supervisor-started': true,
  'facility-changed': true,
  'shutdown-started': true,
  'supervisor-ended': true,
  'self-sampled': true,
  'self-unhealthy': true,
  problem: true,
  'interface-lost': true,
  'node-added': true,
  'node-removed': true,
  'node-waiting': true,
  'node-starting': true,
  'node-started': true,
  'node-start-failed': true,
  'node-ready': true,
  'node-exited': true,
  'node-stopping': true,
  'node-stuck': true,
  'node-backing-off': true,
  'node-stopped': true,
  'node-failed': true,
  'budget-changed': true,
  'health-changed': true,
  checked: true,
  'limit-exceeded': true,
  'limit-recovered': true,
  'limit-changed': true,
  'observe-changed': true,
  'receipt-opened': true,
  'receipt-closed': true,
  signalled: true,
  reaped: true,
  'orphan-socket-opened': true,
  'orphan-registered': true,
  'orphan-refused': true,
  'orphan-message': true,
  'orphan-client-closed': true,
  'orphan-released': true,
  'orphan-acting': true,
  'orphan-acted': true,
  refreshed: true,
  output: true,
  'output-dropped': true,
  'hook-ended': true
} as const satisfies Record<EventType, true>

/** What a hook can be run on: every event but those that only refresh the screen and those that hooks themselves make, and the moment before a limit stop. */
export const HOOK_EVENTS: readonly string[] = [
  'before-limit-stop',
  ...(Object.keys(EVENTS) as EventType[]).filter((type) => !isTransient(type) && type !== 'hook-ended')
]
