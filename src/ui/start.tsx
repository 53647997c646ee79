import { render } from 'ink'
import { type ReactNode, useLayoutEffect } from 'react'
import { createStore } from 'zustand/vanilla'
import type { Clock } from '../core/ports.ts'
import type { Session } from '../session.ts'
import { App } from './app.tsx'
import { Cast } from './components/rows.tsx'
import { createFeed } from './feed.ts'
import { createFrames } from './frames.ts'
import type { Input } from './input/decode.ts'
import { createKeymap, type KeyChoice } from './keys/keymap-of.ts'
import { toClipboard } from './output/clipboard.ts'
import { paintedSurface, spokenSurface } from './output/surface.ts'
import { sendAll } from './send-all.ts'
import { isNews, Spoken } from './spoken/app.tsx'
import { createTerminal, type Display, type Keyboard } from './terminal.ts'
import { lookOf, type ThemeName } from './theme.ts'
import { answered } from './view/answers.ts'
import { press } from './view/press.ts'
import type { Answered, Query } from './view/questions.ts'
import { type Effect, initialView, type ViewState } from './view/state.ts'

export interface InterfaceOptions {
  /** undefined: as the environment says (NO_COLOR, TERM=dumb). */
  readonly color?: boolean | undefined
  /** undefined: as the locale says. */
  readonly ascii?: boolean | undefined
  readonly theme?: ThemeName | undefined
  /** Sentences on the primary screen instead of columns; undefined: as the environment says (INK_SCREEN_READER). */
  readonly screenReader?: boolean | undefined
  readonly keys?: KeyChoice | undefined
  /** Nothing is sent to the session; quitting only takes the screen away. */
  readonly readOnly?: boolean | undefined
  /** The supervisor is another process: q and Ctrl-C take the screen away without a question (`keep-running`). */
  readonly attached?: boolean | undefined
}

export interface InterfaceRequest {
  readonly session: Session
  readonly clock: Clock
  readonly stdin: Keyboard
  readonly stdout: Display
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly options?: InterfaceOptions
  /** Under whose authority orphans are registered; undefined: root's, or whatever the supervisor makes of it. */
  readonly uid?: number | undefined
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

/** Ink takes the screen down on signals and crashes too: the terminal goes with it, at once. */
function Whole({ onGone, children }: { readonly onGone: () => void; readonly children: ReactNode }) {
  useLayoutEffect(() => onGone, [onGone])
  return children
}

/** Shows the session on the terminal until `close`. */
export function startInterface(request: InterfaceRequest): InterfaceHandle {
  const { session, clock, stdin, stdout, options = {} } = request
  const readOnly = options.readOnly ?? false
  const look = lookOf(request.environment, options)
  const keymap = createKeymap(options.keys)
  const spoken = options.screenReader || request.environment['INK_SCREEN_READER'] === 'true'
  const surface = spoken ? spokenSurface(stdout) : paintedSurface(stdout)
  const terminal = createTerminal(stdin, stdout, clock, {
    onInput: (inputs) => onInput(inputs),
    onResize: (size) => {
      view.setState({ ...view.getState(), size }, true)
      surface.forget()
    },
    onHangup: request.onHangup
  })
  const view = createStore<ViewState>(() => initialView(terminal.size()))
  const feed = createFeed(session, clock, view)
  const frames = createFrames(view, feed.shown, clock, spoken ? isNews : () => true)

  process.on('exit', giveBack)
  take()
  const Screen = spoken ? Spoken : App
  const ink = render(
    <Whole onGone={giveBack}>
      <Cast value={surface.cast}>
        <Screen frame={frames.frame} live={session.getState} look={look} keymap={keymap} readOnly={readOnly} />
      </Cast>
    </Whole>,
    { ...surface.ink, stdin: stdin as NodeJS.ReadStream }
  )

  function onInput(inputs: readonly Input[]): void {
    for (const input of inputs) {
      const { state, ghosts, facts, logs } = feed.shown.getState()
      const [next, effects] = press(view.getState(), input, {
        live: session.getState(),
        shown: state,
        ghosts,
        facts,
        logs,
        now: clock.wall(),
        look,
        keymap,
        readOnly,
        uid: request.uid ?? 0,
        attached: options.attached,
        canSuspend: request.onSuspend !== undefined
      })
      view.setState(next, true)
      for (const effect of effects) perform(effect)
    }
    feed.refresh()
  }

  function perform(effect: Effect): void {
    if (effect.kind === 'send') void send(effect)
    else if (effect.kind === 'ask') void ask(effect.query)
    else if (effect.kind === 'quit') request.onQuit(effect.choice)
    else if (effect.kind === 'suspend') request.onSuspend?.()
    else if (effect.kind === 'copy') surface.control(toClipboard(effect.text, request.environment['TMUX'] !== undefined))
    else surface.repaint()
  }

  async function send({ commands, done }: Extract<Effect, { kind: 'send' }>): Promise<void> {
    const refused = await sendAll(session, commands)
    const [first] = refused
    const count = commands.length === 1 ? '' : `${refused.length} of ${commands.length} refused: `
    const notice = first === undefined ? ({ tone: 'good', text: done } as const) : ({ tone: 'alarm', text: count + first } as const)
    view.setState({ ...view.getState(), notice }, true)
    feed.refresh()
  }

  async function ask(query: Query): Promise<void> {
    const answer = await session.ask(query)
    view.setState(answered(view.getState(), { query, answer } as Answered), true)
    feed.refresh()
  }

  function take(): void {
    terminal.take()
    surface.take()
  }

  function giveBack(): void {
    feed.close()
    frames.close()
    surface.release()
    terminal.release()
    process.off('exit', giveBack)
  }
  const done = ink
    .waitUntilExit()
    .then(() => undefined)
    .finally(giveBack)

  return {
    done,
    close: () => {
      giveBack()
      ink.unmount()
      return done
    },
    suspend: async () => {
      surface.release()
      terminal.release()
    },
    resume: async () => {
      take()
      view.setState({ ...view.getState(), size: terminal.size() }, true)
      feed.refresh()
    }
  }
}
