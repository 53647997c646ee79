import type { Display } from '../terminal.ts'
import { difference } from './difference.ts'

/** Home, and everything visible erased. */
const CLEAR = '\x1b[H\x1b[2J'
const ENTER = '\x1b[?1049h\x1b[?25l'
const LEAVE = '\x1b[?1049l\x1b[?25h'

/** What stands on the alternate screen, and how another frame gets there. */
export interface Painter {
  /** Shows these lines; on a terminal that cannot keep up the frames in between are left out. */
  frame(text: string): void
  /** Clears the screen and draws the last frame again: something else may have written over it. */
  repaint(): void
  /** The next frame is drawn on a cleared screen, and the last one never again: the terminal has changed its size. */
  forget(): void
  /** Takes the alternate screen. */
  take(): void
  /** Gives the primary screen back. */
  release(): void
  /** For the terminal itself, such as what goes to its clipboard. */
  control(sequence: string): void
}

type Shown =
  | { readonly kind: 'released' }
  /** `lines` undefined: nobody knows what is there. */
  | { readonly kind: 'taken'; readonly lines: readonly string[] | undefined }

/**
 * Draws frames on a terminal with as few bytes as it takes. A write that the terminal does not take yet never holds the process up:
 * the newest frame waits until the one before is out.
 */
export function createPainter(stdout: Display): Painter {
  let shown: Shown = { kind: 'released' }
  let wanted: readonly string[] | undefined
  let writing = false

  const write = (bytes: string): void => {
    writing = true
    stdout.write(bytes, () => {
      writing = false
      draw()
    })
  }
  const draw = (): void => {
    if (writing || wanted === undefined || shown.kind === 'released') return
    const bytes = shown.lines === undefined ? CLEAR + difference([], wanted) : difference(shown.lines, wanted)
    shown = { kind: 'taken', lines: wanted }
    if (bytes !== '') write(bytes)
  }
  const distrust = (): void => {
    if (shown.kind === 'taken') shown = { kind: 'taken', lines: undefined }
  }
  return {
    frame(text) {
      wanted = text.split('\n')
      draw()
    },
    repaint() {
      distrust()
      draw()
    },
    forget() {
      distrust()
      if (shown.kind === 'released') wanted = undefined
    },
    take() {
      if (shown.kind === 'taken') return
      waitForTerminal(stdout, false)
      shown = { kind: 'taken', lines: undefined }
      stdout.write(ENTER)
      draw()
    },
    release() {
      if (shown.kind === 'released') return
      shown = { kind: 'released' }
      // what a terminal that stands still has not taken is not waited for either
      if (!stdout.writableLength) waitForTerminal(stdout, true)
      stdout.write(LEAVE)
    },
    control(sequence) {
      if (shown.kind === 'taken') stdout.write(sequence)
    }
  }
}

/** The handle of a tty.WriteStream, which Node makes wait for the terminal (lib/tty.js); not part of its public type. */
interface Blocking {
  readonly _handle?: { readonly setBlocking?: (blocking: boolean) => number } | null
}

/** Whether a write waits until the terminal has taken it; a line that is cut would hold the supervision up with it. */
function waitForTerminal(stdout: Display, wait: boolean): void {
  const { _handle } = stdout as Blocking
  _handle?.setBlocking?.(wait)
}
