import type { NotifyMessage } from '../linux/notify-socket.ts'
import type { Cancel, Clock } from '../ports.ts'
import type { Probe, Readiness } from '../settings.ts'
import type { ProbeResult } from './result.ts'

/** A line is matched against a pattern only this far: a pattern may be slow on long lines. */
const MATCHED_CHARACTERS = 4096
/** One attempt of a check may take its interval, and this much in any case. */
const MIN_ATTEMPT_MS = 1000

export interface ReadinessPorts {
  readonly clock: Clock
  /** One attempt of a probe, of `timeoutMs` at most. */
  readonly run: (probe: Probe, timeoutMs: number) => Promise<ProbeResult>
  /** Messages of the node's notify socket; undefined where there is none. */
  readonly subscribeNotify: ((listener: (message: NotifyMessage) => void) => Cancel) | undefined
  /** Once, unless it failed or was cancelled. */
  readonly onReady: (detail: string) => void
  /** Once, unless it became ready or was cancelled: what was waited for, and what was seen instead. */
  readonly onFailed: (detail: string) => void
}

/** Waits until a node is ready in the sense of its settings. */
export interface ReadinessWatcher {
  /** A line that the node wrote, for `line`. */
  readonly line: (text: string) => void
  readonly cancel: Cancel
}

/** Begins to wait; with nothing to wait for it calls `onReady` before it returns. */
export function watchReadiness(readiness: Readiness, ports: ReadinessPorts): ReadinessWatcher {
  const cancels: Cancel[] = []
  let over = false
  let seen = ''
  const end = (): void => {
    over = true
    for (const cancel of cancels) cancel()
  }
  const ready = (detail: string): void => {
    if (over) return
    end()
    ports.onReady(detail)
  }
  const failed = (detail: string): void => {
    if (over) return
    end()
    ports.onFailed(detail)
  }
  const failAfter = (timeoutMs: number, waitedFor: string): void => {
    cancels.push(
      ports.clock.after(timeoutMs, () => failed(`not ready within ${timeoutMs} ms: ${waitedFor}${seen === '' ? '' : `; ${seen}`}`))
    )
  }
  const deaf: ReadinessWatcher = { line: () => undefined, cancel: end }

  switch (readiness.kind) {
    case 'none':
      ready('')
      return deaf
    case 'line': {
      const pattern = new RegExp(readiness.pattern)
      failAfter(readiness.timeoutMs, `no line matched /${readiness.pattern}/`)
      const line = (text: string): void => {
        if (!over && pattern.test(text.slice(0, MATCHED_CHARACTERS))) ready(`line: ${text.slice(0, 200)}`)
      }
      return { line, cancel: end }
    }
    case 'notify': {
      if (ports.subscribeNotify === undefined) {
        failed('readiness by sd_notify needs a notify socket, which this run does not have; use a line, a port or a command instead')
        return deaf
      }
      failAfter(readiness.timeoutMs, 'no READY=1 came through NOTIFY_SOCKET')
      cancels.push(
        ports.subscribeNotify((message) => {
          if (message.status !== undefined) seen = `its last status was: ${message.status.slice(0, 200)}`
          if (message.ready) ready(message.status ?? `READY=1 from process ${message.pid}`)
        })
      )
      return deaf
    }
    case 'probe': {
      failAfter(readiness.timeoutMs, 'its check did not pass')
      const attemptMs = Math.min(readiness.timeoutMs, Math.max(MIN_ATTEMPT_MS, readiness.intervalMs))
      let cancelNext: Cancel = () => undefined
      cancels.push(() => cancelNext())
      const attempt = async (): Promise<void> => {
        const started = ports.clock.now()
        const result = await ports.run(readiness.probe, attemptMs)
        if (over) return
        if (result.healthy) return ready('its check passed')
        seen = result.detail
        cancelNext = ports.clock.after(Math.max(0, started + readiness.intervalMs - ports.clock.now()), () => void attempt())
      }
      void attempt()
      return deaf
    }
  }
}
