import type { ChildProcess } from 'node:child_process'
import { statSync } from 'node:fs'
import type { Socket } from 'node:net'
import type { Failure, Result } from '../errors.ts'
import { errnoOf, failure, success } from '../errors.ts'
import type { PipeOwner } from '../linux/pipe.ts'
import type { Clock, SpawnRequest } from '../ports.ts'
import type { NodeSettings } from '../settings.ts'
import { createFileReader, noReader } from './file-reader.ts'
import { createLineBudget, type LineBudget } from './line-budget.ts'
import type { LogFiles } from './log-files.ts'
import { openOutputFile } from './output-file.ts'
import { openOutputPipes, type PipeMeans } from './output-pipes.ts'
import { createStreamReader, type StreamReader } from './stream-reader.ts'

/** Who gets what a child writes. */
export type Listener = Pick<SpawnRequest, 'onLine' | 'onDropped'>

export interface Readers {
  readonly stdout: StreamReader
  readonly stderr: StreamReader
}

/** stdout and stderr of a child that is about to be spawned. */
export interface Output {
  /** For child_process.spawn: the ends of the child. */
  readonly stdio: readonly ['pipe' | number, 'pipe' | number]
  /** Our ends, once the child is there; closes the child's ends here. */
  attach(child: ChildProcess): Result<OutputEnds>
  /** There is no child. */
  abandon(): void
}

export interface OutputEnds extends Readers {
  /** Before the readers are started. */
  tell(listener: Listener): void
}

/** How the output of children reaches us: by pipes, or for one that is to outlive us by a file that it writes itself. */
export interface Outputs {
  open(settings: NodeSettings, owner: PipeOwner | undefined): Result<Output>
  /** Of a child that an earlier supervisor started: what it writes from now on. */
  follow(settings: NodeSettings, listener: Listener): Readers
}

export interface OutputsOptions {
  readonly clock: Clock
  readonly means: PipeMeans
  readonly logs: LogFiles
  readonly emitProblem: (failure: Failure, next: string | undefined) => void
}

const KEPT = 'the program goes on and its output is in the file, but not on the screen; correct the file or its permissions'

export function createOutputs({ clock, means, logs, emitProblem }: OutputsOptions): Outputs {
  /** Of an incarnation that may not be there yet. */
  const lateListener = (): Listener & { tell(listener: Listener): void } => {
    let told: Listener | undefined
    return {
      onLine: (stream, line) => told?.onLine(stream, line),
      onDropped: (stream, lines) => told?.onDropped(stream, lines),
      tell(listener) {
        told = listener
      }
    }
  }

  const budgetOf = (stream: 'stdout' | 'stderr', { onLine, onDropped }: Listener): LineBudget =>
    createLineBudget({ clock, onLine: (line) => onLine(stream, line), onDropped: (lines) => onDropped(stream, lines) })

  const readPipe = (socket: Socket, stream: 'stdout' | 'stderr', settings: NodeSettings, listener: Listener): StreamReader => {
    const budget = budgetOf(stream, listener)
    const log = logs.acquire(settings.log)
    const reader = createStreamReader(socket, clock, log === undefined ? [budget.push] : [budget.push, log.write])
    void reader.ended.then(() => {
      budget.end()
      if (log !== undefined) logs.release(settings.log)
    })
    return reader
  }

  const readFile = ({ log }: NodeSettings, from: number, listener: Listener): Readers => {
    const { file } = log
    if (file === undefined) return { stdout: noReader, stderr: noReader }
    const budget = budgetOf('stdout', listener)
    const stdout = createFileReader({
      log: { ...log, file },
      from,
      clock,
      sink: budget.push,
      onProblem: (code, message) => emitProblem({ code, message }, KEPT)
    })
    void stdout.ended.then(() => budget.end())
    return { stdout, stderr: noReader }
  }

  const openPipes = (settings: NodeSettings, owner: PipeOwner | undefined): Result<Output> => {
    const opened = openOutputPipes(means, owner)
    if (!opened.ok) return opened
    const { stdio, attach, abandon } = opened.value
    return success({
      stdio,
      abandon,
      attach(child) {
        const sockets = attach(child)
        if (!sockets.ok) return sockets
        const [out, err] = sockets.value
        const listener = lateListener()
        // at once: Node begins to read the streams of a child that ends, and throws away what nobody listens to
        const stdout = readPipe(out, 'stdout', settings, listener)
        return success({ stdout, stderr: readPipe(err, 'stderr', settings, listener), tell: listener.tell })
      }
    })
  }

  const openFile = (settings: NodeSettings): Result<Output> => {
    const { file } = settings.log
    if (file === undefined) return failure('invalid-command', 'a program that is to outlive the supervisor needs `log.file` for its output')
    const opened = openOutputFile(file)
    if (!opened.ok) return opened
    const { fd, from, close } = opened.value
    return success({
      stdio: [fd, fd],
      abandon: close,
      attach() {
        close()
        const listener = lateListener()
        return success({ ...readFile(settings, from, listener), tell: listener.tell })
      }
    })
  }

  return {
    open: (settings, owner) => (settings.onSupervisorDeath === 'leave' ? openFile(settings) : openPipes(settings, owner)),
    follow: (settings, listener) => readFile(settings, sizeOf(settings.log.file), listener)
  }
}

function sizeOf(file: string | undefined): number {
  try {
    return file === undefined ? 0 : statSync(file).size
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return 0
  }
}
