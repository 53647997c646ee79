import type { NodeDescription, SupervisorEvent } from '../core/events.ts'
import type { Receipt, ReceiptProcess, SignalRecord } from '../core/receipt.ts'

export type FlatValue = string | number | boolean | null | readonly (string | number)[]

/** Of a tree that is listed; the event file has all of it. */
const LISTED = 100

/** What an event says, as one flat object: members of members become `exitCode`, `reasonSourceFile`; lists hold texts or numbers. */
export function flatFields(event: SupervisorEvent): Readonly<Record<string, FlatValue>> {
  const flat: Record<string, FlatValue> = {}
  for (const [name, value] of Object.entries(shape(event))) flatten(name, value, flat)
  return flat
}

function flatten(name: string, value: unknown, flat: Record<string, FlatValue>): void {
  if (value === undefined) return
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value === null) {
    flat[name] = value
  } else if (Array.isArray(value)) {
    flat[name] = value.slice(0, LISTED).map((item) => (typeof item === 'number' ? item : String(item)))
  } else {
    for (const [member, inner] of Object.entries(value)) flatten(`${name}${member.charAt(0).toUpperCase()}${member.slice(1)}`, inner, flat)
  }
}

/** The event without its envelope, with lists of objects put into words. */
function shape(event: SupervisorEvent): object {
  switch (event.type) {
    case 'supervisor-started': {
      const { facilities, level, ...rest } = body(event)
      return {
        ...rest,
        watchdogLevel: level,
        missing: facilities.filter(({ available }) => !available).map(({ name, detail }) => `${name}: ${detail}`)
      }
    }
    case 'node-added':
      return shapeDescription(event.description)
    case 'receipt-opened':
    case 'receipt-closed':
      return shapeReceipt(event.receipt)
    case 'orphan-acted': {
      const { receipt, ...rest } = body(event)
      return { ...shapeReceipt(receipt), ...rest }
    }
    case 'refreshed':
      return { nodes: event.samples.map((sample) => sample.node) }
    default:
      return body(event)
  }
}

function body<T extends SupervisorEvent>(
  event: T
): Omit<T, 'type' | 'seq' | 'host' | 'boot' | 'time' | 'mono' | 'node' | 'pid' | 'execId'> {
  const {
    type: _type,
    seq: _seq,
    host: _host,
    boot: _boot,
    time: _time,
    mono: _mono,
    node: _node,
    pid: _pid,
    execId: _execId,
    ...rest
  } = event
  return rest
}

function shapeDescription({ limits, respawn, ...rest }: NodeDescription): object {
  const { name: _name, ...described } = rest
  return {
    ...described,
    memoryLimitBytes: limits.memory.value,
    memoryLatencyMs: limits.memoryLatency.value,
    cpuLimitPercent: limits.cpu.value,
    cpuLatencyMs: limits.latency.value,
    respawnLimit: respawn.limit.value,
    respawnWindowMs: respawn.windowMs
  }
}

function shapeReceipt({ id, node: _node, leader, window: _window, tree, signals, survivors, ...rest }: Receipt): object {
  return {
    receipt: id,
    leader,
    ...rest,
    treeSize: tree.length,
    tree: tree.map(processWords),
    signals: signals.map(signalWords),
    survivors: survivors.map(processWords)
  }
}

const processWords = ({ pid, ppid, state, rssBytes, cpuMs, command }: ReceiptProcess): string =>
  `${pid} ppid ${ppid} ${state} rss ${rssBytes} cpu ${Math.round(cpuMs)} ms ${command}`

const signalWords = ({ time, signal, target, pid, outcome, detail }: SignalRecord): string =>
  `${time} ${signal} ${target} ${pid} ${outcome}${detail === undefined ? '' : `: ${detail}`}`
