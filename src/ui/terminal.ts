import type { ReadStream, WriteStream } from 'node:tty'
import type { Cancel, Clock } from '../core/ports.ts'
import { createDecoder, type Input } from './input/decode.ts'

/** A lone ESC is the key after this; the rest of a sequence over a slow line comes within it. */
const ESCAPE_MS = 50
/** A paste whose end never comes. */
const PASTE_MS = 5000

const PASTE_ON = '\x1b[?2004h'
const PASTE_OFF = '\x1b[?2004l'

export type Keyboard = Pick<ReadStream, 'on' | 'off' | 'setEncoding' | 'resume' | 'pause'> &
  Partial<Pick<ReadStream, 'setRawMode' | 'unref' | 'ref'>>
export type Display = Pick<WriteStream, 'on' | 'off' | 'write'> &
  Partial<Pick<WriteStream, 'columns' | 'rows' | 'isTTY' | 'destroyed' | 'writableLength'>>

export interface TerminalEvents {
  readonly onInput: (inputs: readonly Input[]) => void
  readonly onResize: (size: { readonly columns: number; readonly rows: number }) => void
  /** The terminal went away: EIO, EPIPE, end of input. Once, and never while the terminal is released. */
  readonly onHangup: (detail: string) => void
}

export interface Terminal {
  readonly size: () => { readonly columns: number; readonly rows: number }
  /** Takes the keyboard: raw mode, pastes marked as such. */
  take(): void
  /** Gives it back as it was. */
  release(): void
}

/** How a tty.WriteStream asks its terminal for the size (lib/tty.js); not part of its public type. */
interface Sized {
  readonly _refreshSize?: () => void
}

/** A job in the background is not told of new sizes: SIGWINCH goes to the foreground (tty_ioctl(4), TIOCSWINSZ). */
function refreshSize(stdout: Display): void {
  const terminal = stdout as Sized
  terminal._refreshSize?.()
}

/** Streams whose errors are never exceptions again: what fails after the screen went concerns nobody. */
const guarded = new WeakSet<object>()

function guard(stream: Pick<Keyboard, 'on'> | Pick<Display, 'on'>): void {
  if (guarded.has(stream)) return
  guarded.add(stream)
  stream.on('error', () => undefined)
}

/** Stdin and stdout of an interactive session. A terminal that goes away is reported once and is never an exception. */
export function createTerminal(stdin: Keyboard, stdout: Display, clock: Clock, events: TerminalEvents): Terminal {
  const decoder = createDecoder()
  let cancelFlush: Cancel = () => undefined
  let taken = false
  let lost = false

  const hangup = (detail: string): void => {
    if (lost) return
    lost = true
    events.onHangup(detail)
  }
  const onData = (chunk: string | Buffer): void => {
    cancelFlush()
    deliver(decoder.push(String(chunk)))
    if (decoder.waiting !== 'no')
      cancelFlush = clock.after(decoder.waiting === 'paste' ? PASTE_MS : ESCAPE_MS, () => deliver(decoder.flush()))
  }
  const deliver = (inputs: readonly Input[]): void => {
    if (inputs.length > 0) events.onInput(inputs)
  }
  const size = () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 })
  const onResize = (): void => events.onResize(size())
  const onEnd = (): void => hangup('the terminal closed its input')

  const onReadError = (error: Error): void => hangup(`reading from the terminal: ${error.message}`)
  const onWriteError = (error: Error): void => hangup(`writing to the terminal: ${error.message}`)
  guard(stdin)
  guard(stdout)

  return {
    size,
    take() {
      if (taken || lost) return
      taken = true
      stdin.setEncoding('utf8')
      stdin.setRawMode?.(true)
      stdin.ref?.()
      stdin.on('error', onReadError)
      stdout.on('error', onWriteError)
      stdin.on('data', onData)
      stdin.on('end', onEnd)
      stdin.on('close', onEnd)
      stdin.resume()
      stdout.on('resize', onResize)
      refreshSize(stdout)
      stdout.write(PASTE_ON)
    },
    release() {
      if (!taken) return
      taken = false
      cancelFlush()
      stdin.off('error', onReadError)
      stdout.off('error', onWriteError)
      stdin.off('data', onData)
      stdin.off('end', onEnd)
      stdin.off('close', onEnd)
      stdout.off('resize', onResize)
      if (lost) return
      stdout.write(PASTE_OFF)
      stdin.setRawMode?.(false)
      stdin.pause()
      stdin.unref?.()
    }
  }
}
