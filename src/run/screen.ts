import { readFileSync } from 'node:fs'
import type { LoadedSettings } from '../config/load.ts'
import { continueLater, stopOwnGroup } from '../core/stop/own-process.ts'
import { createLocalSession } from '../local-session.ts'
import { type InterfaceHandle, startInterface } from '../ui/start.tsx'
import type { BuiltRun } from './build.ts'

/** How often a screen wants new samples. */
const REFRESH_MS = 1000
/** How often a suspended one looks whether it is in the foreground again. */
const FOREGROUND_MS = 500

/** The interface over a run: it may come and go, the run goes on. */
export interface Screen {
  /** When the terminal was lost, monotonic ms. */
  lostAt(): number | undefined
  /** The terminal is gone. Calling it twice is harmless. */
  lose(detail: string): void
  close(): Promise<void>
}

export function openScreen(run: BuiltRun, { settings, preferences }: LoadedSettings): Screen {
  const session = createLocalSession(run.store, (command) => run.supervisor.execute(command), run.output)
  let handle: InterfaceHandle | undefined
  let lostAt: number | undefined
  let watch: NodeJS.Timeout | undefined

  const show = (): void => {
    handle = startInterface({
      session,
      clock: run.clock,
      stdin: process.stdin,
      stdout: process.stdout,
      environment: process.env,
      options: { ...(preferences.color ? {} : { color: false }), ...(preferences.ascii ? { ascii: true } : {}) },
      onQuit: (choice) => {
        if (choice === 'keep-running') void stepAside()
      },
      onSuspend: () => void stepAside(),
      onHangup: lose
    })
    handle.done.catch((error: unknown) => lose(`the interface failed: ${error instanceof Error ? error.message : String(error)}`))
    run.supervisor.setRefreshPeriod(REFRESH_MS)
  }

  const hide = async (): Promise<void> => {
    const shown = handle
    handle = undefined
    run.supervisor.setRefreshPeriod(undefined)
    await shown?.close()
  }

  /** Gives the prompt back without suspending the supervision: stopped for a moment, then continued in the background. */
  const stepAside = async (): Promise<void> => {
    await hide()
    console.log(`tsupervise: ${settings.name} goes on in the background as pid ${process.pid}; fg brings the screen back`)
    continueLater(process.pid)
    stopOwnGroup()
    watch = setInterval(() => {
      if (handle === undefined && isForeground()) comeBack()
    }, FOREGROUND_MS)
  }

  const comeBack = (): void => {
    clearInterval(watch)
    show()
  }

  function lose(detail: string): void {
    if (lostAt !== undefined) return
    lostAt = run.clock.now()
    clearInterval(watch)
    run.emit({ type: 'interface-lost', detail })
    void hide()
    if (settings.onHangup === 'stop') void run.supervisor.execute({ type: 'shutdown', force: false, by: 'the hang-up of the terminal' })
  }

  run.read((event) => {
    if (event.type === 'self-unhealthy' && event.action === 'interface-closed') void hide()
  })
  show()

  return {
    lostAt: () => lostAt,
    lose,
    async close() {
      clearInterval(watch)
      await hide()
    }
  }
}

/** Whether our process group has the terminal: fields pgrp and tpgid of proc(5) stat; without /proc it is taken to have. */
function isForeground(): boolean {
  const stat = readFileSync('/proc/self/stat', 'latin1')
  const [, , pgrp, , , tpgid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return pgrp === tpgid
}
