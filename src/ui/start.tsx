import { render, type SuspendTerminal, type TerminalSuspension } from 'ink'
import { type ReactNode, useLayoutEffect } from 'react'
import { createStore } from 'zustand/vanilla'
import type { Clock } from '../core/ports.ts'
import type { Session } from '../session.ts'
import { App } from './app.tsx'
import { createFeed } from './feed.ts'
import type { Input } from './input/decode.ts'
import { createTerminal, type Display, type Keyboard } from './terminal.ts'
import { lookOf } from './theme.ts'
import { press } from './view/press.ts'
import { type Effect, initialView, type ViewState } from './view/state.ts'

export interface InterfaceOptions {
  /** undefined: as the environment says (NO_COLOR, TERM=dumb). */
  readonly color?: boolean | undefined
  /** undefined: as the locale says. */
  readonly ascii?: boolean | undefined
  /** Nothing is sent to the session; quitting only takes the screen away. */
  readonly readOnly?: boolean | undefined
}

export interface InterfaceRequest {
  readonly session: Session
  readonly clock: Clock
  readonly stdin: Keyboard
  readonly stdout: Display
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly options?: InterfaceOptions
  /**
   * `stop`: everything was asked to stop; the command is already sent, the screen stays until `close`.
   * `keep-running`: the screen should go (call `close`), the supervision should not.
   */
  readonly onQuit: (choice: 'stop' | 'keep-running') => void
  /** Ctrl-Z: call `suspend`, stop the process, later `resume`. undefined: the key does nothing. */
  readonly onSuspend?: () => void
  /** The terminal is gone; call `close`. Nothing was thrown, nothing will be. */
  readonly onHangup: (detail: string) => void
}

export interface InterfaceHandle {
  /** Restores the terminal. Calling it twice is harmless. */
  close(): Promise<void>
  /** Gives the terminal back for a while: primary screen, cursor, modes. */
  suspend(): Promise<void>
  /** Takes it again and draws everything. */
  resume(): Promise<void>
  /** Resolves when the screen is gone and all is written; rejects with an error of the interface itself. */
  readonly done: Promise<void>
}

/** Home, and everything visible erased. */
const CLEAR = '\x1b[H\x1b[2J'

/** Ink takes the screen down on signals and crashes too: the keyboard goes with it, at once. */
function Whole({ onGone, children }: { readonly onGone: () => void; readonly children: ReactNode }) {
  useLayoutEffect(() => onGone, [onGone])
  return children
}

/** Shows the session on the terminal until `close`. */
export function startInterface(request: InterfaceRequest): InterfaceHandle {
  const { session, clock, stdin, stdout } = request
  const readOnly = request.options?.readOnly ?? false
  const look = lookOf(request.environment, request.options)
  const terminal = createTerminal(stdin, stdout, clock, {
    onInput: (inputs) => onInput(inputs),
    onResize: (size) => view.setState({ ...view.getState(), size }, true),
    onHangup: request.onHangup
  })
  const view = createStore<ViewState>(() => initialView(terminal.size()))
  const feed = createFeed(session, clock, view)
  let handOver: SuspendTerminal | undefined
  let frames = 0
  const app = () => (
    <Whole onGone={giveBack}>
      <App
        key={frames}
        view={view}
        shown={feed.shown}
        live={session.getState}
        look={look}
        readOnly={readOnly}
        onReady={(suspend) => {
          handOver = suspend
        }}
      />
    </Whole>
  )

  process.on('exit', giveBack)
  terminal.take()
  // `interactive` by hand: the caller has decided, whatever CI says
  const ink = render(app(), {
    stdout: stdout as NodeJS.WriteStream,
    stdin: stdin as NodeJS.ReadStream,
    alternateScreen: true,
    incrementalRendering: true,
    interactive: true,
    exitOnCtrlC: false,
    maxFps: 30
  })

  function onInput(inputs: readonly Input[]): void {
    for (const input of inputs) {
      const { state, logs } = feed.shown.getState()
      const [next, effects] = press(view.getState(), input, {
        live: session.getState(),
        shown: state,
        logs,
        now: clock.wall(),
        look,
        readOnly,
        canSuspend: request.onSuspend !== undefined
      })
      view.setState(next, true)
      for (const effect of effects) perform(effect)
    }
    feed.refresh()
  }

  function perform(effect: Effect): void {
    if (effect.kind === 'send') void send(effect)
    else if (effect.kind === 'quit') request.onQuit(effect.choice)
    else if (effect.kind === 'suspend') request.onSuspend?.()
    else redraw()
  }

  async function send({ command, done }: Extract<Effect, { kind: 'send' }>): Promise<void> {
    const result = await session.send(command)
    const notice = result.ok ? ({ tone: 'good', text: done } as const) : ({ tone: 'alarm', text: result.error.message } as const)
    view.setState({ ...view.getState(), notice }, true)
    feed.refresh()
  }

  function redraw(): void {
    ink.clear()
    stdout.write(CLEAR)
    frames++
    ink.rerender(app())
  }

  function giveBack(): void {
    feed.close()
    terminal.release()
    process.off('exit', giveBack)
  }
  const done = ink
    .waitUntilExit()
    .then(() => undefined)
    .finally(giveBack)

  let suspension: TerminalSuspension | undefined
  return {
    done,
    close: () => {
      giveBack()
      ink.unmount()
      return done
    },
    suspend: async () => {
      if (suspension !== undefined || handOver === undefined) return
      terminal.release()
      suspension = await handOver()
    },
    resume: async () => {
      if (suspension === undefined) return
      const held = suspension
      suspension = undefined
      terminal.take()
      view.setState({ ...view.getState(), size: terminal.size() }, true)
      await held.resume()
      feed.refresh()
    }
  }
}
