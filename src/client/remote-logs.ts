import type { LogLine, LogWindow } from '../core/output/log-line.ts'
import { createRing, type Ring } from '../core/output/ring.ts'
import type { Cancel, Clock } from '../core/ports.ts'
import { pauseAfter } from './back-off.ts'
import type { ControlClient } from './control/control-client.ts'
import type { Stream } from './control/stream.ts'

/** Kept of each node that is looked at. */
const LINES = 2000
const MAX_BYTES = 8 * 1024 * 1024
/** Nobody has asked for a node's output for so long: it is followed no more. */
const IDLE_MS = 10_000
/** Readers hear of new lines at most this often. */
const NOTIFY_MS = 50

const EMPTY: LogWindow = { lines: [], dropped: 0 }

/** Output of the nodes of a remote supervisor, followed only while somebody looks at it. */
export interface RemoteLogs {
  /** What has come so far; asking begins to follow. The same object until something changes. */
  window(node: string): LogWindow
  subscribe(node: string, listener: () => void): Cancel
  close(): void
}

interface Follower {
  window(): LogWindow
  readonly listeners: Set<() => void>
  close(): void
}

export function createRemoteLogs(client: Pick<ControlClient, 'logStream'>, clock: Clock): RemoteLogs {
  const followers = new Map<string, Follower>()
  let closed = false

  const follow = (node: string): Follower => {
    const known = followers.get(node)
    if (known !== undefined) return known
    const follower = createFollower(client, clock, node, () => followers.delete(node))
    followers.set(node, follower)
    return follower
  }

  return {
    window: (node) => (closed ? EMPTY : follow(node).window()),
    subscribe(node, listener) {
      if (closed) return () => undefined
      const { listeners } = follow(node)
      const own = (): void => listener()
      listeners.add(own)
      return () => listeners.delete(own)
    },
    close() {
      closed = true
      for (const follower of followers.values()) follower.close()
      followers.clear()
    }
  }
}

function createFollower(client: Pick<ControlClient, 'logStream'>, clock: Clock, node: string, onIdle: () => void): Follower {
  const listeners = new Set<() => void>()
  let kept = createKept()
  let stream: Stream | undefined
  let failures = 0
  let cancelRetry: Cancel = () => undefined
  let cancelNotice: Cancel | undefined
  let cancelIdle: Cancel = () => undefined

  const tellSoon = (): void => {
    cancelNotice ??= clock.after(NOTIFY_MS, () => {
      cancelNotice = undefined
      for (const listener of [...listeners]) listener()
    })
  }
  const open = (): void => {
    stream = client.logStream(node, LINES, {
      onOpen: () => {
        // the stream begins with the newest lines again, perhaps those of another run
        failures = 0
        kept = createKept()
        tellSoon()
      },
      onMessage: ({ event, data }) => {
        if (event === 'line') kept.push(JSON.parse(data) as LogLine)
        else if (event === 'dropped') kept.lose(droppedLines(data))
        tellSoon()
      },
      onEnd: () => {
        stream = undefined
        failures += 1
        cancelRetry = clock.after(pauseAfter(failures, 0), open)
      }
    })
  }
  const close = (): void => {
    cancelRetry()
    cancelNotice?.()
    cancelIdle()
    stream?.close()
  }
  const stopWhenIdle = (): void => {
    if (listeners.size > 0) {
      stayAwake()
      return
    }
    close()
    onIdle()
  }
  const stayAwake = (): void => {
    cancelIdle()
    cancelIdle = clock.after(IDLE_MS, stopWhenIdle)
  }
  open()
  stayAwake()
  return {
    listeners,
    close,
    window() {
      stayAwake()
      return kept.window()
    }
  }
}

interface Kept {
  push(line: LogLine): void
  lose(lines: number): void
  window(): LogWindow
}

function createKept(): Kept {
  const ring: Ring = createRing(LINES, MAX_BYTES)
  let dropped = 0
  let shown: LogWindow | undefined
  const lose = (lines: number): void => {
    dropped += lines
    shown = undefined
  }
  return {
    lose,
    push: (line) => lose(ring.push(line)),
    window: () => {
      shown ??= { lines: ring.lines(), dropped }
      return shown
    }
  }
}

function droppedLines(data: string): number {
  const told: unknown = JSON.parse(data)
  const lines = typeof told === 'object' && told !== null && 'lines' in told ? told.lines : told
  return typeof lines === 'number' ? lines : 0
}
