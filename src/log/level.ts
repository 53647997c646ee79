import type { EventType, SupervisorEvent } from '../core/events.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

const LEVELS: { readonly [T in EventType]: LogLevel | ((event: Extract<SupervisorEvent, { type: T }>) => LogLevel) } = {
  'supervisor-started': 'info',
  'facility-changed': ({ facility }) => (facility.available ? 'info' : 'warn'),
  'shutdown-started': ({ code }) => (code === 0 ? 'info' : 'error'),
  'supervisor-ended': ({ code }) => (code === 0 ? 'info' : 'error'),
  'self-sampled': 'debug',
  'self-unhealthy': 'error',
  problem: 'error',
  'interface-lost': 'warn',
  'control-opened': 'info',
  'control-unavailable': 'warn',
  reloaded: 'info',
  'node-added': 'info',
  'node-changed': 'info',
  'node-removed': 'info',
  'node-waiting': 'info',
  'node-starting': 'info',
  'node-started': 'info',
  'node-start-failed': ({ failure }) => (failure.code === 'aborted' ? 'info' : 'error'),
  'node-ready': 'info',
  'node-exited': ({ success }) => (success ? 'info' : 'warn'),
  'node-stopping': ({ reason }) => (reason.kind === 'command' || reason.kind === 'shutdown' ? 'info' : 'warn'),
  'node-stuck': ({ because }) => (because === 'unkillable' ? 'error' : 'warn'),
  'node-backing-off': 'warn',
  'node-stopped': 'info',
  'node-failed': 'error',
  'budget-changed': 'info',
  'health-changed': ({ healthy, failures }) => (healthy && failures === 0 ? 'info' : 'warn'),
  checked: 'debug',
  'limit-exceeded': 'warn',
  'limit-recovered': 'info',
  'limit-changed': 'info',
  'observe-changed': 'info',
  'receipt-opened': ({ receipt }) => levelOfReceipt(receipt.reason.kind, 0),
  'receipt-closed': ({ receipt }) => levelOfReceipt(receipt.reason.kind, receipt.survivors.length),
  signalled: ({ outcome }) => (outcome === 'denied' ? 'warn' : 'info'),
  reaped: 'info',
  'orphan-socket-opened': 'info',
  'orphan-registered': 'info',
  'orphan-noted': 'debug',
  'orphans-counted': 'debug',
  'orphan-refused': 'warn',
  'orphan-message': 'info',
  'orphan-client-closed': 'warn',
  'orphan-released': ({ by }) => (by === undefined ? 'debug' : 'info'),
  'orphan-struck': 'debug',
  'orphan-acting': 'warn',
  'orphan-acted': ({ outcome }) => (outcome === 'ended' || outcome === 'observed' ? 'warn' : 'error'),
  'check-added': 'info',
  'check-removed': 'info',
  'check-changed': ({ result }) => (result.state === 'ok' ? 'info' : 'warn'),
  'checks-counted': 'debug',
  'check-acted': ({ failure }) => (failure === undefined ? 'info' : 'error'),
  refreshed: 'debug',
  output: 'info',
  'output-dropped': 'warn',
  'hook-ended': ({ failure }) => (failure === undefined ? 'info' : 'warn')
}

const levelOfReceipt = (reason: string, survivors: number): LogLevel => {
  if (survivors > 0) return 'error'
  return reason === 'command' || reason === 'shutdown' ? 'info' : 'warn'
}

/** How loudly an event is told. */
export function levelOf(event: SupervisorEvent): LogLevel {
  const level = LEVELS[event.type]
  return typeof level === 'string' ? level : (level as (event: SupervisorEvent) => LogLevel)(event)
}
