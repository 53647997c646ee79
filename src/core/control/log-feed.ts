import type { ServerResponse } from 'node:http'
import type { LogLine } from '../output/log-line.ts'
import type { Cancel, Clock } from '../ports.ts'
import type { ControlPorts } from './ports.ts'
import { openSse, type SseStream, sseMessage } from './sse.ts'

/** Of one write. */
const LINES_A_WRITE = 500

export interface LogFeedPorts extends Pick<ControlPorts, 'logs' | 'subscribeLogs'> {
  readonly clock: Clock
  readonly onStream: (stream: SseStream) => Cancel
}

/**
 * Follows the output of a node, its newest `lines` first. Lines are taken from memory when the reader has room for them: a slow
 * one costs nothing, and is told how many it missed.
 */
export function followLogs(
  response: ServerResponse,
  { node, lines }: { readonly node: string; readonly lines: number },
  { clock, logs, subscribeLogs, onStream }: LogFeedPorts,
  onClose: () => void
): void {
  const release: Cancel[] = []
  const stream = openSse({
    response,
    clock,
    onClose() {
      for (const cancel of release) cancel()
      onClose()
    }
  })
  let seen = beforeNewest(logs(node).lines, lines)

  const pull = (): void => {
    const known = logs(node).lines
    // forgotten, and begun anew
    if ((known.at(-1)?.seq ?? 0) < seen) seen = 0
    while (stream.isIdle()) {
      const from = known.findLastIndex(({ seq }) => seq <= seen) + 1
      const next = known.slice(from, from + LINES_A_WRITE)
      if (next.length === 0) return
      stream.send(Buffer.from(messagesOf(next, seen)))
      seen = next.at(-1)?.seq ?? seen
    }
  }

  release.push(subscribeLogs(node, pull), onStream(stream))
  stream.onIdle(pull)
  pull()
}

/** Number of the line before the newest `lines`. */
function beforeNewest(known: readonly LogLine[], lines: number): number {
  const first = lines === 0 ? undefined : known[Math.max(0, known.length - lines)]
  return first === undefined ? (known.at(-1)?.seq ?? 0) : first.seq - 1
}

/** Each line, and before it how many between it and the one before are gone. */
function messagesOf(lines: readonly LogLine[], seen: number): string {
  return lines
    .map((line, index) => {
      const lost = line.seq - 1 - (index === 0 ? seen : (lines[index - 1]?.seq ?? seen))
      return `${lost > 0 ? sseMessage('dropped', JSON.stringify({ lines: lost })) : ''}${sseMessage('line', JSON.stringify(line))}`
    })
    .join('')
}
