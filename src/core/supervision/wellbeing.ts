import { isDeepStrictEqual } from 'node:util'
import { type Result, success } from '../errors.ts'
import { type NotifySocket, openNotifySocket } from '../linux/notify-socket.ts'
import type { Cancel } from '../ports.ts'
import { createHealthWatch, type Health } from '../probe/health.ts'
import { runProbe } from '../probe/probe.ts'
import { type ReadinessWatcher, watchReadiness } from '../probe/readiness.ts'
import type { ProbeResult } from '../probe/result.ts'
import type { StopReason } from '../receipt.ts'
import type { NodeSettings, Probe } from '../settings.ts'
import { withoutOwnVariables } from '../spawn/environment.ts'
import { resolveWho, type Who } from '../spawn/users.ts'
import type { Ports } from './context.ts'

export interface WellbeingRequest {
  readonly settings: NodeSettings
  readonly ports: Ports
  readonly onReady: (detail: string) => void
  readonly onHealth: (health: Health) => void
  /** Readiness or health failed: the node is to be stopped for this reason. */
  readonly onBroken: (reason: StopReason) => void
}

/** Readiness and health of one incarnation. */
export interface Wellbeing {
  /** Before the spawn: what the child's environment needs in addition. */
  prepare(): Result<Readonly<Record<string, string>>>
  /** The program runs. */
  start(): void
  /** Said by the program, after `start`. */
  line(text: string): void
  /** Another health check counts at once; another readiness check from the next start. */
  reconfigure(settings: NodeSettings): void
  stop(): void
}

/** Watches that a node becomes ready in time, and stays well after that. */
export function watchWellbeing({ settings, ports, onReady, onHealth, onBroken }: WellbeingRequest): Wellbeing {
  const { readiness } = settings
  let { health } = settings
  let isReady = false
  let notify: NotifySocket | undefined
  let watcher: ReadinessWatcher | undefined
  let cancelHealth: Cancel = () => undefined
  let who: Partial<Pick<Who, 'uid' | 'gid'>> = {}

  const run = (probe: Probe, timeoutMs: number): Promise<ProbeResult> =>
    runProbe(probe, timeoutMs, { ...ports, env: withoutOwnVariables(settings.env), cwd: settings.cwd, uid: who.uid, gid: who.gid })

  const becomeReady = (detail: string): void => {
    isReady = true
    onReady(detail)
    watchHealth()
  }

  const watchHealth = (): void => {
    const check = health
    if (check === undefined) return
    cancelHealth = createHealthWatch({
      check,
      clock: ports.clock,
      run: () => run(check.probe, check.timeoutMs),
      onChange(change) {
        onHealth(change)
        if (!change.healthy) onBroken({ kind: 'health', detail: `${change.failures} checks in a row failed: ${change.detail}` })
      }
    })
  }

  return {
    prepare() {
      const resolved = resolveWho(settings.credentials)
      if (!resolved.ok) return resolved
      who = resolved.value ?? {}
      if (readiness.kind !== 'notify') return success({})
      const { uid, gid } = who
      const opened = openNotifySocket(ports.clock, uid === undefined || gid === undefined ? undefined : { uid, gid })
      if (!opened.ok) return opened
      notify = opened.value
      return success({ NOTIFY_SOCKET: opened.value.path })
    },
    start() {
      const socket = notify
      watcher = watchReadiness(readiness, {
        clock: ports.clock,
        run,
        subscribeNotify: socket === undefined ? undefined : (listener) => socket.subscribe(listener),
        onReady: becomeReady,
        onFailed: (detail) => onBroken({ kind: 'readiness', detail })
      })
    },
    line: (text) => watcher?.line(text),
    reconfigure(next) {
      if (isDeepStrictEqual(health, next.health)) return
      health = next.health
      if (!isReady) return
      cancelHealth()
      if (health === undefined) onHealth({ healthy: true, failures: 0, allowed: 0, detail: 'not checked any more' })
      watchHealth()
    },
    stop() {
      isReady = false
      watcher?.cancel()
      cancelHealth()
      notify?.close()
    }
  }
}
