import { describeStanding } from '../../core/checks/wording.ts'
import type { EventBody, EventType, SupervisorEvent } from '../../core/events.ts'
import { describeDifference } from '../../core/reload-wording.ts'
import { describeExit, describeReason, describeReceipt } from '../../core/stop/wording.ts'
import { formatBytes } from '../format/size.ts'
import { formatDuration, formatSeconds, formatSpan } from '../format/time.ts'
import type { Sign, Tone } from '../theme.ts'

/** An event for the events pane: what a person needs of it, on one line. */
export interface Told {
  readonly sign: Sign
  readonly tone: Tone
  readonly text: string
  /** The receipt that says more. */
  readonly receipt?: number
}

type Tell<T extends EventType> = (event: Extract<EventBody, { type: T }>) => Told | undefined
type Tellers = { readonly [T in EventType]: Tell<T> | 'left out' }

const good = (text: string): Told => ({ sign: 'running', tone: 'good', text })
const plain = (text: string): Told => ({ sign: 'idle', tone: 'plain', text })
const warn = (text: string): Told => ({ sign: 'over', tone: 'warn', text })
const alarm = (text: string): Told => ({ sign: 'failed', tone: 'alarm', text })

/** Every type of event has its entry; those left out are told by another one, or only refresh the screen. */
const TELLERS: Tellers = {
  'supervisor-started': (event) => plain(started(event)),
  'facility-changed': ({ facility }) =>
    facility.available ? good(`${facility.name} is there again`) : warn(`${facility.name} is missing: ${facility.detail}`),
  'shutdown-started': ({ reason, code }) => warn(`stopping everything: ${reason} (exit ${code})`),
  'supervisor-ended': ({ reason, code }) => warn(`ended with ${code}: ${reason}`),
  'self-sampled': 'left out',
  'self-unhealthy': (event) =>
    alarm(
      `the supervisor itself uses ${formatBytes(event.rssBytes)} of ${formatBytes(event.limitBytes)}: ${event.action.replace('-', ' ')}`
    ),
  problem: ({ failure, next }) => alarm(next === undefined ? failure.message : `${failure.message}. ${next}`),
  'interface-lost': ({ detail }) => warn(`the screen was lost: ${detail}`),
  'control-opened': 'left out',
  'control-unavailable': ({ failure }) => warn(`no control socket: ${failure.message}`),
  reloaded: ({ difference }) => plain(`configuration read again: ${describeDifference(difference)}`),
  'node-added': 'left out',
  'node-changed': 'left out',
  'node-removed': () => plain('removed'),
  'node-waiting': ({ after }) => ({ sign: 'waiting', tone: 'plain', text: `waits for ${after.join(', ')}` }),
  'node-starting': 'left out',
  'node-started': ({ leader, incarnation, adopted }) =>
    good(`${adopted !== undefined ? 'adopted' : incarnation > 1 ? 'respawned' : 'started'} as ${leader.pid}`),
  'node-start-failed': ({ failure }) => alarm(`could not start: ${failure.message}`),
  'node-ready': ({ detail }) => (detail === '' ? undefined : good(`ready: ${detail}`)),
  'node-exited': (event) => {
    const text = `${describeExit(event.exit)} after ${formatDuration(event.uptimeMs)}`
    return event.success ? plain(text) : alarm(text)
  },
  'node-stopping': ({ reason, receipt }) => ({ sign: 'stopping', tone: 'warn', text: `stopping: ${describeReason(reason)}`, receipt }),
  'node-stuck': ({ survivors, receipt, because }) => ({
    sign: 'stuck',
    tone: 'alarm',
    text: because === 'unkillable' ? `stuck: ${survivors.length} would not die` : `stuck: ${survivors.length} left behind, observed only`,
    receipt
  }),
  'node-backing-off': ({ delayMs, budget }) => ({
    sign: 'backing-off',
    tone: 'warn',
    text: `starts again in ${formatSeconds(delayMs)}, budget ${Math.max(0, budget.limit - budget.uses)}/${budget.limit}`
  }),
  'node-stopped': ({ by }) => ({ sign: 'stopped', tone: 'plain', text: by === 'exit' ? 'ended, stays stopped' : 'stopped' }),
  'node-failed': ({ detail }) => alarm(`failed: ${detail}`),
  'budget-changed': 'left out',
  'health-changed': ({ healthy, failures, allowed, detail }) =>
    healthy ? good('healthy') : warn(`unhealthy ${failures} of ${allowed}: ${detail}`),
  checked: 'left out',
  'limit-exceeded': ({ arithmetic, secondsLeft }) =>
    warn(`over: ${arithmetic}; ${secondsLeft <= 0 ? 'stop now' : `stop in ${Math.ceil(secondsLeft)}s`}`),
  'limit-recovered': ({ rule }) => good(`${rule === 'cpu' ? 'CPU' : rule} below its limit again`),
  'limit-changed': ({ field, from, to }) => plain(`${FIELDS[field].name} limit ${FIELDS[field].show(from)} to ${FIELDS[field].show(to)}`),
  'observe-changed': ({ observe }) => plain(observe ? 'observed only: nothing is stopped' : 'limits act again'),
  'receipt-opened': 'left out',
  'receipt-closed': ({ receipt }) => ({
    sign: receipt.survivors.length > 0 ? 'stuck' : 'failed',
    tone: receipt.reason.kind === 'limit' || receipt.survivors.length > 0 ? 'alarm' : 'plain',
    // the pane names the node of every event itself
    text: describeReceipt(receipt).slice(receipt.node.length + 1),
    receipt: receipt.id
  }),
  signalled: ({ target, signal, outcome, by }) => plain(`${signal} to ${target.pid} ${outcome} (${by})`),
  reaped: 'left out',
  'orphan-socket-opened': ({ socket, restored }) =>
    plain(socket === undefined ? `${restored} orphans of an earlier run` : `orphans can be registered at ${socket}`),
  'orphan-registered': ({ parent, child, by }) => plain(`orphan ${child.pid} ends when ${parent.pid} dies (uid ${by.uid})`),
  'orphan-noted': 'left out',
  'orphans-counted': 'left out',
  'orphan-refused': ({ action, child, detail, by }) => warn(`orphan ${action} of ${child} refused: ${detail} (uid ${by.uid})`),
  'orphan-message': 'left out',
  'orphan-client-closed': ({ detail, by }) => warn(`orphan client ${by.pid} closed: ${detail}`),
  'orphan-released': ({ child, by }) => (by === undefined ? undefined : plain(`orphan ${child.pid} unregistered (uid ${by.uid})`)),
  'orphan-struck': 'left out',
  'orphan-acting': 'left out',
  'orphan-acted': ({ receipt, outcome }) => (outcome === 'ended' || outcome === 'observed' ? plain : alarm)(describeReceipt(receipt)),
  'check-added': 'left out',
  'check-removed': 'left out',
  'check-changed': ({ check, result }) =>
    (result.state === 'ok' ? good : result.state === 'failing' ? alarm : warn)(`check ${check}: ${describeStanding(result)}`),
  'checks-counted': 'left out',
  'check-acted': ({ check, action, detail, failure }) =>
    failure === undefined ? warn(`check ${check}: ${action}: ${detail}`) : alarm(`check ${check}: ${action}: ${failure.message}`),
  refreshed: 'left out',
  output: 'left out',
  'output-dropped': 'left out',
  'hook-ended': ({ argv, exit, failure }) => {
    const how = failure?.message ?? (exit === undefined ? 'ended' : describeExit(exit))
    return plain(`hook ${argv[0] ?? ''}: ${how}`)
  }
}

/** How each limit is called and written. */
const FIELDS: Readonly<
  Record<'memory' | 'memoryLatency' | 'cpu' | 'latency' | 'respawnLimit', { name: string; show: (value: number) => string }>
> = {
  memory: { name: 'memory', show: formatBytes },
  memoryLatency: { name: 'memory latency', show: formatSpan },
  cpu: { name: 'CPU', show: (value) => `${value}%` },
  latency: { name: 'latency', show: formatSpan },
  respawnLimit: { name: 'respawn', show: String }
}

function started(event: Extract<EventBody, { type: 'supervisor-started' }>): string {
  const missing = event.facilities.filter((facility) => !facility.available).map((facility) => facility.name)
  const lacks = missing.length === 0 ? '' : `; not on this machine: ${missing.join(', ')} (i says more)`
  return `tsupervise ${event.version} started as ${event.pid}, sampler ${event.sampler}${lacks}`
}

/** undefined: not for the events pane. */
export function tell(event: SupervisorEvent): Told | undefined {
  const teller = TELLERS[event.type]
  return teller === 'left out' ? undefined : (teller as (event: SupervisorEvent) => Told | undefined)(event)
}

/**
 * The events that the pane shows, oldest first, of the newest `most`. What belongs to a stop (its beginning, its signals,
 * the exit) is told by the stop's receipt once that is closed.
 */
export function toldEvents(events: readonly SupervisorEvent[], most = 200): { readonly event: SupervisorEvent; readonly told: Told }[] {
  const recent = events.slice(-most)
  const closed = new Set(recent.flatMap((event) => (event.type === 'receipt-closed' ? [event.receipt.id] : [])))
  const stopping = new Set<string>()
  return recent.flatMap((event) => {
    const node = event.node ?? ''
    if (event.type === 'node-stopping') stopping.add(node)
    if (event.type === 'node-started') stopping.delete(node)
    if ((event.type === 'node-exited' || event.type === 'signalled') && stopping.has(node)) return []
    if (event.type === 'node-stopping' && closed.has(event.receipt)) return []
    const told = tell(event)
    return told === undefined ? [] : [{ event, told }]
  })
}
