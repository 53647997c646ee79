import { spawn } from '@lydell/node-pty'
import { createScreen, type Screen } from './screen.ts'
import { waitUntil } from './wait-until.ts'

export interface PtyRequest {
  readonly command: string
  readonly args?: readonly string[]
  readonly columns?: number
  readonly rows?: number
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** A program in a terminal, and what its screen shows. */
export interface Pty {
  readonly pid: number
  readonly screen: Screen
  /** Everything it wrote, as it was written. */
  output(): string
  type(keys: string): void
  resize(columns: number, rows: number): void
  /** Waits until the screen satisfies the predicate; fails with the screen as it was. */
  waitFor(predicate: (text: string) => boolean, describe: string, timeoutMs?: number): Promise<void>
  /** Resolves when the program ended and all that it wrote is on the screen. */
  readonly ended: Promise<{ readonly code: number; readonly signal: number | undefined }>
  /** A signal to this program alone. */
  signal(name: NodeJS.Signals): void
  /** Whoever sits before it stops reading, as a line that hangs does. */
  stall(): void
  /** It reads again. */
  goOn(): void
  /** The terminal goes away, as when its window is closed or the line is cut. */
  hangUp(): void
  /** Ends the program if it still runs. */
  close(): void
}

/** Runs a program in a terminal of its own. */
export function openPty({ command, args = [], columns = 120, rows = 40, cwd = process.cwd(), env = process.env }: PtyRequest): Pty {
  const screen = createScreen(columns, rows)
  const terminal = spawn(command, [...args], {
    name: 'xterm-256color',
    cols: columns,
    rows,
    cwd,
    env: Object.fromEntries(Object.entries({ ...env, TERM: env['TERM'] ?? 'xterm-256color' }).filter(([, value]) => value !== undefined))
  })
  let output = ''
  let drawn = Promise.resolve()
  let exited = false
  terminal.onData((bytes) => {
    output += bytes
    drawn = drawn.then(() => screen.write(bytes))
  })
  const ended = new Promise<{ code: number; signal: number | undefined }>((resolve) => {
    terminal.onExit(({ exitCode, signal }) => {
      exited = true
      void drawn.then(() => resolve({ code: exitCode, signal: signal || undefined }))
    })
  })
  const signal = (name: NodeJS.Signals): void => {
    if (!exited) terminal.kill(name)
  }
  return {
    pid: terminal.pid,
    screen,
    output: () => output,
    type: (keys) => terminal.write(keys),
    resize(newColumns, newRows) {
      screen.resize(newColumns, newRows)
      terminal.resize(newColumns, newRows)
    },
    async waitFor(predicate, describe, timeoutMs) {
      await waitUntil(
        () => predicate(screen.text()),
        () => `${describe}; the screen was:\n${screen.text()}${exited ? '\n(the program has ended)' : ''}`,
        timeoutMs
      )
    },
    ended,
    signal,
    stall: () => terminal.pause(),
    goOn: () => terminal.resume(),
    hangUp() {
      // destroys the master side: the kernel hangs the other side up. Not part of the public type
      const { destroy } = terminal as unknown as { destroy(): void }
      destroy.call(terminal)
    },
    close: () => signal('SIGKILL')
  }
}
