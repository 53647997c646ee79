import { constants } from 'node:os'
import type { Clock } from '../core/ports.ts'
import { stopOwnJob } from '../core/stop/signal.ts'
import { keepYoungSmall } from '../core/young-memory.ts'
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
  /** Set as long as the terminal is the shell's. */
  let comeBack: (() => void) | undefined
  const handle = startInterface({
    session,
    clock,
    stdin: process.stdin,
    stdout: process.stdout,
    environment: process.env,
    options,
    uid: process.geteuid?.(),
    onQuit: leave,
    onSuspend: () => void stepAside(),
    onHangup: leave
  })
  process.on('SIGCONT', continued)
  for (const signal of ENDING) {
    process.on(signal, () => {
      code = 128 + constants.signals[signal]
      leave()
    })
  }

  function leave(): void {
    process.off('SIGCONT', continued)
    void handle.close()
  }

  /** Stopped by somebody else, it gave nothing back: the shell has changed the terminal meanwhile, so it is taken anew. */
  function continued(): void {
    if (comeBack === undefined) void handle.suspend().then(handle.resume)
    else comeBack()
  }

  /** Ctrl-Z: an attached screen stops as any program does, and draws again when it is continued. */
  async function stepAside(): Promise<void> {
    comeBack = () => {
      comeBack = undefined
      void handle.resume()
    }
    await handle.suspend()
    clock.after(NOT_STOPPED_MS, () => comeBack?.())
    stopOwnJob()
  }
  const leaveMemory = keepYoungSmall(clock)
  await handle.done
  leaveMemory()
  return code
}
