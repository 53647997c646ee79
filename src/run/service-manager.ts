import { createSdNotify, type SdNotify } from '../core/linux/sd-notify.ts'
import type { BuiltRun } from './build.ts'

/** Tells systemd, where it started us, how the run is; terminal: headless. */
export function notifyServiceManager(run: BuiltRun): SdNotify {
  const manager = createSdNotify({
    env: process.env,
    pid: process.pid,
    clock: run.clock,
    onProblem: (failure) => run.emit({ type: 'problem', failure, next: undefined })
  })
  if (!manager.active) return manager
  run.onReload(() => {
    manager.reloading()
    return () => manager.ready()
  })
  run.read((event) => {
    if (event.type === 'shutdown-started') manager.stopping()
    if (event.type === 'problem') manager.status(event.failure.message)
    if (event.type === 'node-failed') manager.status(`${event.node ?? 'a node'} failed: ${event.detail}`)
    if (event.type === 'node-backing-off')
      manager.status(`${event.node ?? 'a node'} waits ${Math.round(event.delayMs / 1000)} s before its next start`)
    if (event.type === 'node-started') manager.status(`${event.node ?? 'a node'} runs as pid ${event.leader.pid}`)
  })
  return manager
}
