import { describeStanding } from '../core/checks/wording.ts'
import type { BudgetState, EventType, OrphanAsker, SupervisorEvent } from '../core/events.ts'
import type { Identity } from '../core/process/identity.ts'
import type { LedgerEntry, Receipt, StopReason } from '../core/receipt.ts'
import { describeDifference } from '../core/reload-wording.ts'
import { describeSource } from '../core/source.ts'
import { describeExit, describeNext, describeReason, describeReceipt, describeTerms } from '../core/stop/wording.ts'
import { limitValue, mebibytes, percentage, span } from './units.ts'

/** Processes of a receipt's tree that are named in the message; the event file has all. */
const NAMED = 5

type Tell<T extends EventType> = (event: Extract<SupervisorEvent, { type: T }>) => string

/** Every type of event has its sentence, without time, level, node and pid, which stand before it. */
const SENTENCES: { readonly [T in EventType]: Tell<T> } = {
  'supervisor-started': (event) => {
    const missing = event.facilities.filter(({ available }) => !available).map(({ name }) => name)
    const modes = [event.compat === 'none' ? '' : `, compat ${event.compat}`, event.dryRun ? ', dry run: nothing is stopped' : ''].join('')
    const cpus = event.logicalCpus === 1 ? '1 CPU' : `${event.logicalCpus} CPUs`
    const without = missing.length === 0 ? '' : `; not available: ${missing.join(', ')}`
    return `tsupervise ${event.version} started, level ${event.level}, ${cpus}, sampler ${event.sampler}${modes}${without}`
  },
  'facility-changed': ({ facility }) =>
    `${facility.name} is ${facility.available ? '' : 'not '}available${facility.detail === '' ? '' : `: ${facility.detail}`}`,
  'shutdown-started': ({ code, reason }) => `stopping everything, exit code ${code}: ${reason}`,
  'supervisor-ended': ({ code, reason }) => `ended with exit code ${code}: ${reason}`,
  'self-sampled': (event) =>
    `the supervisor uses ${percentage(event.cpuPercent)} of one CPU and ${mebibytes(event.rssBytes)}; the host ${percentage(event.hostCpuPercent)} and ${mebibytes(event.hostMemoryUsed)} of ${mebibytes(event.hostMemoryTotal)}`,
  'self-unhealthy': (event) =>
    `the supervisor itself uses ${mebibytes(event.rssBytes)} > ${mebibytes(event.limitBytes)}: ${event.action === 'shutdown' ? 'it ends' : 'the interface is closed'}`,
  problem: ({ failure, next }) => [`${failure.message} (${failure.code})`, ...(next === undefined ? [] : [next])].join('; '),
  'interface-lost': ({ detail }) => `the screen is gone: ${detail}`,
  'control-opened': ({ socket, mode, group }) =>
    `control socket at ${socket} (mode ${mode}${group === undefined ? '' : `, group ${group}`})`,
  'control-unavailable': ({ failure }) => `no control socket: ${failure.message} (${failure.code})`,
  reloaded: ({ by, difference }) => `configuration read again, asked for by ${by}: ${describeDifference(difference)}`,
  'node-added': ({ description }) => `${description.kind}: ${description.argv.join(' ')}`,
  'node-changed': () => 'has other settings from now on',
  'node-removed': () => 'removed',
  'node-waiting': ({ after }) => `waits for ${after.join(', ')}`,
  'node-starting': ({ incarnation }) => `starting, incarnation ${incarnation}`,
  'node-started': ({ leader, containment, adopted }) =>
    `${adopted === undefined ? 'started' : `adopted, running since ${adopted.since},`} as ${leader.pid}, contained by ${containment}`,
  'node-start-failed': ({ failure }) => `could not be started: ${failure.message} (${failure.code})`,
  'node-ready': ({ detail }) => (detail === '' ? 'ready' : `ready: ${detail}`),
  'node-exited': ({ exit, uptimeMs, success }) => `${describeExit(exit)} after ${span(uptimeMs)}${success ? ', a success' : ''}`,
  'node-stopping': ({ reason, receipt }) => `stopping: ${reasonWithSource(reason)}; receipt ${receipt}`,
  'node-stuck': ({ survivors, receipt, because }) =>
    because === 'unkillable'
      ? `stuck, would not die: ${survivors.join(', ')}; no respawn until they are gone; receipt ${receipt}`
      : `left behind and left alone: ${survivors.join(', ')}; no respawn until they have ended, or somebody stops or restarts it; receipt ${receipt}`,
  'node-backing-off': ({ delayMs, until, budget }) => `back-off, starts again in ${span(delayMs)} at ${until}; ${describeBudget(budget)}`,
  'node-stopped': ({ by }) => (by === 'exit' ? 'ended, stays stopped' : `stopped by ${by}, stays stopped`),
  'node-failed': ({ detail, budget }) => `failed, not started again: ${detail}; ${describeBudget(budget)}`,
  'budget-changed': ({ budget }) => describeBudget(budget),
  'health-changed': ({ healthy, failures, allowed, detail }) =>
    failures === 0 ? 'healthy' : `${healthy ? 'health check failed' : 'unhealthy'}, ${failures} of ${allowed} in a row: ${detail}`,
  checked: ({ entry, acting }) => `${describeEntry(entry)}${acting ? '' : '; still in its start-up delay or observed only'}`,
  'limit-exceeded': ({ rule, arithmetic, secondsLeft }) =>
    `over its ${ruleName(rule)} limit: ${arithmetic}; stop in ${Math.ceil(secondsLeft)} s`,
  'limit-recovered': ({ rule }) => `within its ${ruleName(rule)} limit again`,
  'limit-changed': ({ field, from, to, source }) =>
    `limit ${field} changed from ${limitValue(field, from)} to ${limitValue(field, to)}: ${describeSource(source)}`,
  'observe-changed': ({ observe }) => (observe ? 'observed only: measured, never stopped' : 'limits act again'),
  'receipt-opened': ({ receipt }) => `receipt ${receipt.id} opened; ${describeTree(receipt)}`,
  'receipt-closed': ({ receipt }) =>
    `receipt ${receipt.id}, ${withoutName(receipt)}${limitSource(receipt.reason)}${receipt.next === undefined ? '' : `; ${describeNext(receipt.next)}`}`,
  signalled: ({ target, signal, outcome, by }) => `${signal} to ${target.pid} asked for by ${by}: ${outcome}`,
  reaped: ({ target, comm, exit }) => `adopted process ${target.pid} ${comm} ${describeExit(exit)}`,
  'orphan-socket-opened': ({ socket, mode, restored }) =>
    `${socket === undefined ? 'orphans' : `orphans can be registered at ${socket}`}${mode === undefined ? '' : ` (mode ${mode})`}; ${restored} registrations of an earlier run`,
  'orphan-registered': ({ parent, child, terms, by, deaths, parentCommand, childCommand }) =>
    `orphan registered: ${named(child, childCommand)} ends when ${named(parent, parentCommand)} dies, for ${describeAsker(by)}; ${describeTerms(terms)}${deaths === 'sweep' ? '; found by the sweep' : ''}`,
  'orphan-noted': ({ pair }) => `orphan ${pair.child.pid} of ${pair.parent.pid} is ${pair.standing.kind}`,
  'orphans-counted': ({ held, refused }) => `orphans: ${held.armed} armed, ${held.acting} acting, ${refused} refused`,
  'orphan-refused': ({ action, parent, child, code, detail, by, untold }) =>
    `orphan ${action} refused: ${detail}: parent ${parent}, child ${child}, action ${code}, from ${describeAsker(by)}${andUntold(untold)}`,
  'orphan-message': ({ parent, child, code, by, untold }) =>
    `orphan message: parent ${parent}, child ${child}, action ${code}, from ${describeAsker(by)}${andUntold(untold)}`,
  'orphan-client-closed': ({ detail, by, untold }) => `orphan client closed: ${detail}: ${describeAsker(by)}${andUntold(untold)}`,
  'orphan-released': ({ parent, child, by }) =>
    by === undefined
      ? `orphan released: ${child.pid} of ${parent.pid} has ended`
      : `orphan unregistered: ${child.pid} of ${parent.pid}, by ${describeAsker(by)}`,
  'orphan-struck': ({ parent, child }) => `orphan ${child.pid} of ${parent.pid} is not registered any more`,
  'orphan-acting': ({ receipt, child, detail }) => `orphan ${child.pid} is ended: ${detail}; receipt ${receipt}`,
  'orphan-acted': ({ receipt, outcome, refused }) =>
    `${describeReceipt(receipt)}${outcome === 'refused' ? `; left alone, not the business of who registered it: ${refused.join(', ')}` : ''}; receipt ${receipt.id}`,
  'check-added': ({ check }) => `check ${check.name}: ${check.rule}, on failure: ${check.action}`,
  'check-removed': ({ check }) => `check ${check} is not made any more`,
  'check-changed': ({ check, result, from }) => `check ${check}: ${describeStanding(result)}, was ${from}`,
  'checks-counted': ({ checks }) => checks.map(({ check, result }) => `check ${check}: ${describeStanding(result)}`).join('; '),
  'check-acted': ({ check, action, detail, failure }) => `check ${check}: ${action}: ${failure === undefined ? detail : failure.message}`,
  refreshed: ({ samples }) =>
    samples
      .map((sample) => `${sample.node} ${percentage(sample.cpuPercent)} ${mebibytes(sample.rssBytes)} ${sample.processes.length} processes`)
      .join(', '),
  output: ({ line }) => line,
  'output-dropped': ({ stream, lines }) => `${lines} lines of ${stream} were lost, it writes faster than they can be taken`,
  'hook-ended': ({ argv, on, exit, failure }) => {
    const how = failure === undefined ? (exit === undefined ? 'ended' : describeExit(exit)) : `failed: ${failure.message}`
    return `hook ${argv.join(' ')} for ${on} ${how}`
  }
}

/** What happened, one sentence; complete enough that a kill can be understood from it. Not escaped. */
export const describeEvent = (event: SupervisorEvent): string => (SENTENCES[event.type] as (event: SupervisorEvent) => string)(event)

const describeAsker = ({ uid, pid, command }: OrphanAsker): string => {
  if (pid === 0) return `uid ${uid}, ${command === '' ? 'process unseen' : command}`
  return `uid ${uid}, process ${pid}${command === '' ? '' : ` ${command}`}`
}

const named = ({ pid }: Identity, command: string): string => (command === '' ? String(pid) : `${pid} ${command}`)

const andUntold = (untold: number): string => (untold === 0 ? '' : `; ${untold} more were not told`)

const ruleName = (rule: 'cpu' | 'memory'): string => (rule === 'cpu' ? 'CPU' : 'memory')

const limitSource = (reason: StopReason): string => (reason.kind === 'limit' ? ` (limit: ${describeSource(reason.source)})` : '')

const reasonWithSource = (reason: StopReason): string => `${describeReason(reason)}${limitSource(reason)}`

const describeBudget = ({ uses, limit, refillsAt }: BudgetState): string =>
  `budget ${Math.max(0, limit - uses)} of ${limit} left${refillsAt === undefined ? '' : `, next refill at ${refillsAt}`}`

/** The receipt's own sentence; its node and pid already stand before the message. */
function withoutName(receipt: Receipt): string {
  const sentence = describeReceipt(receipt)
  const name = `${receipt.node} ${receipt.leader.pid} `
  return sentence.startsWith(name) ? sentence.slice(name.length) : sentence
}

function describeTree({ tree }: Receipt): string {
  const named = tree.slice(0, NAMED).map(({ pid, command, rssBytes }) => `${pid} ${command} ${mebibytes(rssBytes)}`)
  const more = tree.length > NAMED ? [`${tree.length - NAMED} more`] : []
  return `tree: ${[...named, ...more].join(', ') || 'empty'}`
}

function describeEntry({ intervalMs, cpu, memory }: LedgerEntry): string {
  const over = (is: boolean, sustainedMs: number, latencyMs: number): string =>
    is ? ` over for ${span(sustainedMs)} of ${span(latencyMs)}` : ''
  return [
    `CPU ${Math.round(cpu.usedMs)} of ${Math.round(cpu.budgetMs)} ms in ${span(intervalMs)}${over(cpu.over, cpu.sustainedMs, cpu.latencyMs)}`,
    `memory ${mebibytes(memory.bytes)} ${memory.measure}, grown by ${mebibytes(memory.growthBytes)} of ${mebibytes(memory.limitBytes)}${over(memory.over, memory.sustainedMs, memory.latencyMs)}`
  ].join('; ')
}
