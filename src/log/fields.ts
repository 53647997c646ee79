import type { NodeDescription, SupervisorEvent } from '../core/events.ts'
import type { ReloadDifference } from '../core/queries.ts'
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
    case 'reloaded': {
      const { difference, level, ...rest } = body(event)
      return { ...rest, watchdogLevel: level, ...shapeDifference(difference) }
    }
    case 'node-added':
    case 'node-changed':
      return shapeDescription(event.description)
    case 'receipt-opened':
    case 'receipt-closed':
      return shapeReceipt(event.receipt)
    case 'orphan-acted': {
      const { receipt, held: _held, ...rest } = body(event)
      return { ...shapeReceipt(receipt), ...rest }
    }
    case 'orphan-registered': {
      const { held: _held, listed: _listed, ...rest } = body(event)
      return rest
    }
    case 'orphan-released':
    case 'orphan-acting': {
      const { held: _held, ...rest } = body(event)
      return rest
    }
    case 'check-added': {
      const { name, ...rest } = event.check
      return { check: name, ...rest }
    }
    case 'check-changed': {
      const { result, ...rest } = body(event)
      return { ...rest, ...result, processes: result.processes.map(({ pid, command }) => `${pid} ${command}`) }
    }
    case 'checks-counted':
      return { checks: event.checks.map(({ check, result }) => `${check} ${result.state} ${result.count ?? 'unknown'}`) }
    case 'output': {
      const { line: _message, ...rest } = body(event)
      return rest
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

function shapeDifference({ changes, kept, ignored }: ReloadDifference): object {
  return {
    changes: changes.flatMap(({ node = 'run', action, fields }) => [
      `${node} ${action}`,
      ...fields.map(({ path, from, to }) => `${path}: ${from} -> ${to}`)
    ]),
    kept: kept.map(({ node, path, value }) => `${node} ${path} ${value}`),
    ignored
  }
}

function shapeReceipt({ id, node: _node, leader, window: _window, tree, ancestry = [], signals, survivors, ...rest }: Receipt): object {
  return {
    receipt: id,
    leader,
    ...rest,
    treeSize: tree.length,
    tree: tree.map(processWords),
    ancestry: ancestry.map(({ pid, command }) => `${pid} ${command}`),
    signals: signals.map(signalWords),
    survivors: survivors.map(processWords)
  }
}

const processWords = ({ pid, ppid, state, rssBytes, cpuMs, command }: ReceiptProcess): string =>
  `${pid} ppid ${ppid} ${state} rss ${rssBytes} cpu ${Math.round(cpuMs)} ms ${command}`

const signalWords = ({ time, signal, target, pid, outcome, detail }: SignalRecord): string =>
  `${time} ${signal} ${target} ${pid} ${outcome}${detail === undefined ? '' : `: ${detail}`}`
