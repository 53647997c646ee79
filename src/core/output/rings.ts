import type { Cancel, Clock } from '../ports.ts'
import type { LogLine, LogWindow } from './log-line.ts'
import { createRing, type Ring } from './ring.ts'

/** Kept of each stream of each node, bytes, however many lines are allowed. */
const MAX_STREAM_BYTES = 4 * 1024 * 1024
const DEFAULT_LINES = 1000
/** Readers hear of new lines at most this often. */
const NOTIFY_MS = 50

const EMPTY: LogWindow = { lines: [], dropped: 0 }

/** The last lines of every managed process, in memory. */
export interface OutputRings {
  /** Before the first line of a node: how many lines to keep of each of its streams. Keeps what is already there. */
  configure(node: string, linesPerStream: number): void
  append(node: string, stream: LogLine['stream'], text: string): void
  /** Lines that were lost before they came here. */
  drop(node: string, lines: number): void
  /** Both streams in the order of arrival; the same object until something changes. */
  window(node: string): LogWindow
  /** Calls soon after new lines, once for many. */
  subscribe(node: string, listener: () => void): Cancel
  forget(node: string): void
}

interface NodeOutput {
  readonly limit: number
  readonly rings: Readonly<Record<LogLine['stream'], Ring>>
  readonly seq: number
  readonly dropped: number
  readonly window: LogWindow | undefined
}

/** Rings for all nodes; `maxStreamBytes` bounds each stream of each node. */
export function createOutputRings(clock: Clock, maxStreamBytes = MAX_STREAM_BYTES): OutputRings {
  const outputs = new Map<string, NodeOutput>()
  const listeners = new Map<string, Set<() => void>>()
  const due = new Set<string>()

  const createRings = (limit: number): NodeOutput['rings'] => ({
    stdout: createRing(limit, maxStreamBytes),
    stderr: createRing(limit, maxStreamBytes)
  })

  const outputOf = (node: string): NodeOutput =>
    outputs.get(node) ?? { limit: DEFAULT_LINES, rings: createRings(DEFAULT_LINES), seq: 0, dropped: 0, window: undefined }

  const notifySoon = (node: string): void => {
    if (due.has(node) || !listeners.has(node)) return
    due.add(node)
    clock.after(NOTIFY_MS, () => {
      due.delete(node)
      for (const listener of [...(listeners.get(node) ?? [])]) listener()
    })
  }

  const change = (node: string, output: NodeOutput, changes: Partial<NodeOutput>): void => {
    outputs.set(node, { ...output, ...changes, window: undefined })
    notifySoon(node)
  }

  return {
    configure(node, linesPerStream) {
      const output = outputOf(node)
      if (output.limit === linesPerStream && outputs.has(node)) return
      const rings = createRings(linesPerStream)
      let removed = 0
      for (const line of merge(output.rings)) removed += rings[line.stream].push(line)
      change(node, output, { limit: linesPerStream, rings, dropped: output.dropped + removed })
    },
    append(node, stream, text) {
      const output = outputOf(node)
      const seq = output.seq + 1
      const removed = output.rings[stream].push({ seq, time: new Date(clock.wall()).toISOString(), stream, text })
      change(node, output, { seq, dropped: output.dropped + removed })
    },
    drop(node, lines) {
      const output = outputOf(node)
      change(node, output, { dropped: output.dropped + lines })
    },
    window(node) {
      const output = outputs.get(node)
      if (output === undefined) return EMPTY
      if (output.window !== undefined) return output.window
      const window = { lines: merge(output.rings), dropped: output.dropped }
      outputs.set(node, { ...output, window })
      return window
    },
    subscribe(node, listener) {
      const known = listeners.get(node) ?? new Set()
      const own = (): void => listener()
      known.add(own)
      listeners.set(node, known)
      return () => {
        known.delete(own)
        if (known.size === 0 && listeners.get(node) === known) listeners.delete(node)
      }
    },
    forget(node) {
      if (outputs.delete(node)) notifySoon(node)
    }
  }
}

function merge(rings: NodeOutput['rings']): readonly LogLine[] {
  const out = rings.stdout.lines()
  const err = rings.stderr.lines()
  if (err.length === 0) return out
  if (out.length === 0) return err
  return [...out, ...err].sort((a, b) => a.seq - b.seq)
}
