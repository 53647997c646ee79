import { constants } from 'node:os'
import type { Clock } from '../core/ports.ts'
import { stopOwnJob } from '../core/stop/signal.ts'
import type { Session } from '../session.ts'
import type { InterfaceOptions } from '../ui/start.tsx'

/** A job that nobody could continue is not stopped (setpgid(2), orphaned process groups): then the screen is back after this, ms. */
const NOT_STOPPED_MS = 200

export interface AttachedScreen {
  readonly session: Session
  readonly clock: Clock
  readonly options: InterfaceOptions
}

/** What ends the screen in an orderly way; the terminal's own hang-up comes as SIGHUP too. */
const ENDING = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const

/** The interface on somebody else's supervisor, until it is left or the terminal goes away; gives the exit code. */
export async function showAttached({ session, clock, options }: AttachedScreen): Promise<number> {
  const { startInterface } = await import('../ui/start.tsx')
  let code = 0
  let goOn: () => void = () => undefined
  const handle = startInterface({
    session,
    clock,
    stdin: process.stdin,
    stdout: process.stdout,
    environment: process.env,
    options,
    uid: process.geteuid?.(),
    onQuit: () => void handle.close(),
    onSuspend: () => void stepAside(),
    onHangup: () => void handle.close()
  })
  const continued = (): void => goOn()
  process.on('SIGCONT', continued)
  for (const signal of ENDING) {
    process.on(signal, () => {
      code = 128 + constants.signals[signal]
      void handle.close()
    })
  }

  /** Ctrl-Z: an attached screen stops as any program does, and draws again when it is continued. */
  async function stepAside(): Promise<void> {
    goOn = () => {
      goOn = () => undefined
      void handle.resume()
    }
    await handle.suspend()
    clock.after(NOT_STOPPED_MS, () => goOn())
    stopOwnJob()
  }
  await handle.done
  process.off('SIGCONT', continued)
  return code
}
