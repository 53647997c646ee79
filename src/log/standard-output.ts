import { fstatSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { isatty, WriteStream } from 'node:tty'
import { errnoOf, type Failure } from '../core/errors.ts'
import type { Clock } from '../core/ports.ts'

/** Waiting for a slow reader, bytes; what comes beyond is lost and counted. */
const MAX_WAITING_BYTES = 1024 * 1024
/** Losses are reported at most this often. */
const REPORT_MS = 10_000

/** Where the log goes. A reader that is slow, stuck or gone never holds up the supervision, a full disk neither. */
export interface LogOutput {
  /** One line without its newline. Never throws and never waits. */
  readonly write: (line: string) => void
  /** Lines that were lost. */
  readonly dropped: number
  /** Resolves when all is written, or nothing more can be, after `timeoutMs` at the latest. */
  flush(timeoutMs: number): Promise<void>
}

export interface LogOutputPorts {
  readonly clock: Clock
  /** Once when writing begins to fail, and when lines were lost. */
  readonly onProblem: (failure: Failure) => void
}

/**
 * Writes to an open descriptor, usually 1. Node's own process.stdout blocks on a terminal whose output is held (Ctrl-S, a stalled
 * SSH connection); this never does: terminals, pipes and sockets get what they take and the rest waits, bounded; files are written at once.
 */
export function createLogOutput(fd: number, ports: LogOutputPorts): LogOutput {
  if (isatty(fd)) return createStreamOutput(openTerminal(fd), ports)
  const stats = fstatSync(fd)
  if (stats.isFIFO() || stats.isSocket()) return createStreamOutput(new Socket({ fd, readable: false, writable: true }), ports)
  return createFileOutput(fd, ports)
}

/** Without setBlocking, which Node does not document, writes to a terminal would block. */
function openTerminal(fd: number): WriteStream {
  const stream = new WriteStream(fd)
  const { _handle: handle } = stream as unknown as { readonly _handle?: { setBlocking?: (blocking: boolean) => number } }
  handle?.setBlocking?.(false)
  return stream
}

function createStreamOutput(stream: Socket, { clock, onProblem }: LogOutputPorts): LogOutput {
  let broken = false
  let dropped = 0
  let reported = 0
  let reportedAt = Number.NEGATIVE_INFINITY

  stream.on('error', (error) => {
    if (broken) return
    broken = true
    onProblem(writeFailure(error))
  })

  const reportLoss = (): void => {
    if (broken || dropped === reported || clock.now() - reportedAt < REPORT_MS) return
    const lost = dropped - reported
    reported = dropped
    reportedAt = clock.now()
    onProblem({ code: 'log-blocked', message: `${lost} lines of the log were lost, because nobody read them` })
  }

  return {
    get dropped() {
      return dropped
    },
    write(line) {
      if (broken || stream.writableLength > MAX_WAITING_BYTES) {
        dropped += 1
        return
      }
      // together, but never joined: a copy of each line of a flood would be garbage
      stream.cork()
      stream.write(line)
      stream.write('\n')
      stream.uncork()
      reportLoss()
    },
    flush: (timeoutMs) =>
      new Promise((resolve) => {
        if (broken) return resolve()
        const cancel = clock.after(timeoutMs, resolve)
        const end = (): void => {
          cancel()
          resolve()
        }
        stream.once('error', end)
        stream.write('', (error) => {
          if (!error) end() // an error is told first, then this ends
        })
      })
  }
}

function createFileOutput(fd: number, { onProblem }: LogOutputPorts): LogOutput {
  let failing = false
  let torn = false
  let dropped = 0

  return {
    get dropped() {
      return dropped
    },
    write(line) {
      const bytes = Buffer.from(`${torn ? '\n' : ''}${line}\n`)
      let written = 0
      try {
        while (written < bytes.length) written += writeSync(fd, bytes, written)
        failing = false
        torn = false
      } catch (error) {
        if (errnoOf(error) === undefined) throw error
        dropped += 1
        if (written > 0) torn = true
        if (failing) return
        failing = true
        onProblem(writeFailure(error))
      }
    },
    flush: () => Promise.resolve()
  }
}

function writeFailure(error: unknown): Failure {
  const code = errnoOf(error)
  if (code === undefined) throw error
  return { code, message: `the log cannot be written: ${code}` }
}
