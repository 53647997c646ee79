import { readFileSync } from 'node:fs'
import type { LoadedSettings } from '../config/load.ts'
import { errnoOf } from '../core/errors.ts'
import { suspendOwnJob } from '../core/stop/signal.ts'
import { createLocalSession } from '../local-session.ts'
import type { InterfaceHandle, startInterface } from '../ui/start.tsx'
import type { BuiltRun } from './build.ts'
import { standardStreams } from './standard-streams.ts'

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

type Place =
  | { readonly kind: 'foreground' }
  | { readonly kind: 'background'; readonly watch: NodeJS.Timeout }
  | { readonly kind: 'lost'; readonly at: number }
  | { readonly kind: 'closed' }

export function openScreen(start: typeof startInterface, run: BuiltRun, { settings, preferences }: LoadedSettings): Screen {
  let place: Place = { kind: 'foreground' }
  const streams = standardStreams()

  const handle: InterfaceHandle = start({
    session: createLocalSession(run.store, run.execute, run.ask, run.output),
    clock: run.clock,
    stdin: process.stdin,
    stdout: process.stdout,
    environment: process.env,
    options: { ...(preferences.color ? {} : { color: false }), ...(preferences.ascii ? { ascii: true } : {}), ...preferences.interface },
    uid: process.geteuid?.(),
    onQuit: (choice) => {
      if (choice === 'keep-running') void (hasShell() ? stepAside() : stayWithout())
    },
    ...(hasShell() ? { onSuspend: () => void stepAside() } : {}),
    onHangup: loseTerminal
  })
  handle.done.catch((error: unknown) =>
    lose(`the interface failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  )
  run.supervisor.setRefreshPeriod(REFRESH_MS)
  run.read((event) => {
    if (event.type === 'self-unhealthy' && event.action === 'interface-closed') void leave({ kind: 'closed' })
  })

  async function leave(next: Place): Promise<void> {
    if (place.kind === 'background') clearInterval(place.watch)
    place = next
    run.supervisor.setRefreshPeriod(undefined)
    await handle.close()
  }

  /** Gives the prompt back without suspending the supervision: stopped for a moment, then continued in the background. */
  async function stepAside(): Promise<void> {
    if (place.kind !== 'foreground') return
    place = { kind: 'background', watch: setInterval(comeBack, FOREGROUND_MS) }
    run.supervisor.setRefreshPeriod(undefined)
    await handle.suspend()
    process.stdout.write(`tsupervise: ${settings.name} goes on in the background as pid ${process.pid}; fg brings the screen back\n`)
    suspendOwnJob()
  }

  /** Nobody is there whom the prompt could be given back to, as under `ssh -t HOST tsupervise` or in a window of tmux. */
  async function stayWithout(): Promise<void> {
    if (place.kind !== 'foreground') return
    await leave({ kind: 'lost', at: run.clock.now() })
    run.emit({ type: 'interface-lost', detail: 'asked to keep running without it' })
    process.stdout.write(
      `tsupervise: ${settings.name} goes on without its screen as pid ${process.pid}; tsupervise attach brings it back.\n` +
        'No shell waits here: close this window. Ctrl-C stops everything.\n'
    )
  }

  function comeBack(): void {
    if (place.kind !== 'background' || !isForeground()) return
    clearInterval(place.watch)
    place = { kind: 'foreground' }
    run.supervisor.setRefreshPeriod(REFRESH_MS)
    void handle.resume()
  }

  function lose(detail: string): void {
    if (place.kind === 'lost' || place.kind === 'closed') return
    void leave({ kind: 'lost', at: run.clock.now() })
    run.emit({ type: 'interface-lost', detail })
    if (settings.onHangup === 'stop') void run.supervisor.execute({ type: 'shutdown', force: false, by: 'the hang-up of the terminal' })
  }

  function loseTerminal(detail: string): void {
    streams.leaveTerminal()
    lose(detail)
  }

  return {
    lostAt: () => (place.kind === 'lost' ? place.at : undefined),
    lose: loseTerminal,
    close: () => (place.kind === 'lost' || place.kind === 'closed' ? Promise.resolve() : leave({ kind: 'closed' }))
  }
}

/** Whether our process group has the terminal: pgrp and tpgid of proc(5) stat. */
function isForeground(): boolean {
  const [, , pgrp, , , tpgid] = statOf('self')
  return pgrp === tpgid
}

/** Whether a parent of our session could continue us, as a shell with job control does (setpgid(2), orphaned process groups). */
function hasShell(): boolean {
  const [, , , session] = statOf('self')
  const [, , , ofParent] = statOf(process.ppid)
  return session === ofParent
}

/** Fields of proc(5) stat from the state on; none where the process cannot be looked at. */
function statOf(pid: number | 'self'): readonly string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return []
  }
}
