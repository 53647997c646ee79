import { createStream, type RotatingFileStream } from 'rotating-file-stream'
import type { Failure } from '../errors.ts'
import { errnoOf } from '../errors.ts'
import type { Clock } from '../ports.ts'
import type { LogSettings } from '../settings.ts'

/** What nodes write, in a file that is rotated by size. A file that cannot be written is a problem, never an end. */
export interface LogFile {
  /** Whole lines. Never waits: what the disk cannot take is counted and reported. */
  write(block: Buffer): void
  /** Lets go of the file, for whoever moved it away, and begins a new one under its name. */
  reopen(): void
  close(): void
}

export type LogFileSettings = Pick<LogSettings, 'maxFileBytes' | 'maxFiles'> & { readonly file: string }

/** Waiting for the disk in memory, bytes. */
const LARGEST_BACKLOG = 4_194_304
/** Between two attempts on a file that failed. */
const RETRY_MS = 5000
const MODE = 0o640

type State =
  | { readonly kind: 'open'; readonly stream: RotatingFileStream }
  | { readonly kind: 'failed'; readonly since: number }
  | { readonly kind: 'closed' }

export function openLogFile(
  settings: LogFileSettings,
  ports: { readonly clock: Clock; readonly emitProblem: (failure: Failure, next: string | undefined) => void }
): LogFile {
  const { clock, emitProblem } = ports
  let state: State
  let healthy = true
  let lostBytes = 0

  const open = (): State => {
    const stream = createStream(settings.file, {
      size: `${Math.max(1, Math.floor(settings.maxFileBytes))}B`,
      rotate: Math.max(1, Math.floor(settings.maxFiles)),
      mode: MODE
    })
    stream.on('error', (error) => fail(stream, error))
    return { kind: 'open', stream }
  }

  const fail = (stream: RotatingFileStream, error: Error): void => {
    if (state.kind !== 'open' || state.stream !== stream) return
    state = { kind: 'failed', since: clock.now() }
    if (!healthy) return
    healthy = false
    emitProblem(
      { code: errnoOf(error) ?? 'log-failed', message: `the log file ${settings.file} cannot be written: ${error.message}` },
      `supervision goes on without it, and it is tried again every ${RETRY_MS / 1000} s; make room or correct its permissions`
    )
  }

  const lost = (bytes: number, code: string): void => {
    if (healthy) {
      healthy = false
      emitProblem(
        { code, message: `the disk of the log file ${settings.file} is too slow for what is written` },
        'lines are left out of the file until it has caught up'
      )
    }
    lostBytes += bytes
  }

  const written = (): void => {
    if (healthy) return
    healthy = true
    const bytes = lostBytes
    lostBytes = 0
    emitProblem({ code: 'log-recovered', message: `the log file ${settings.file} is written again; ${bytes} bytes are missing` }, undefined)
  }

  state = open()

  return {
    write(block) {
      if (state.kind === 'failed' && clock.now() - state.since >= RETRY_MS) state = open()
      if (state.kind !== 'open') {
        lostBytes += block.length
        return
      }
      if (state.stream.writableLength > LARGEST_BACKLOG) return lost(block.length, 'log-behind')
      // the block is only lent
      state.stream.write(Buffer.from(block), (error) => {
        if (error) lostBytes += block.length
        else written()
      })
    },
    reopen() {
      if (state.kind === 'open') state.stream.end()
      if (state.kind !== 'closed') state = open()
    },
    close() {
      if (state.kind === 'open') state.stream.end()
      state = { kind: 'closed' }
    }
  }
}
