import type { ChildProcess } from 'node:child_process'
import { closeSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import type { Result } from '../errors.ts'
import { failure, success } from '../errors.ts'
import type { Facility } from '../events.ts'
import { openFifo, openPipe, type Pipe, type PipeOwner } from '../linux/pipe.ts'

/** How the output of children is carried; only the first two can be opened again as /dev/stdout. */
export type PipeMeans = 'pipe' | 'fifo' | 'socketpair'

/** stdout and stderr of a child that is about to be spawned. */
export interface OutputPipes {
  /** For child_process.spawn: the ends of the child. */
  readonly stdio: readonly ['pipe' | number, 'pipe' | number]
  /** Our ends, once the child is there; closes the child's ends here. */
  attach(child: ChildProcess): Result<readonly [Socket, Socket]>
  /** There is no child. */
  abandon(): void
}

/** The best means that this machine has; tried once with a real pipe. */
export function findPipeMeans(): PipeMeans {
  for (const [means, open] of [['pipe', openPipe] as const, ['fifo', openFifo] as const]) {
    const pipe = open(undefined)
    if (!pipe.ok) continue
    closeEnds(pipe.value)
    return means
  }
  return 'socketpair'
}

export const pipeFacility = (means: PipeMeans): Facility => ({
  name: 'real-pipes',
  available: means !== 'socketpair',
  detail:
    means === 'socketpair' ? 'no native calls and no mkfifo(1): programs that open /dev/stdout or /dev/stderr themselves will fail' : ''
})

/** Errors: EMFILE, ENFILE, EPERM, those of `openPipe` and `openFifo`. */
export function openOutputPipes(means: PipeMeans, owner: PipeOwner | undefined): Result<OutputPipes> {
  if (means === 'socketpair') return success(socketPairs)
  const open = means === 'pipe' ? openPipe : openFifo
  const out = open(owner)
  if (!out.ok) return out
  const err = open(owner)
  if (!err.ok) {
    closeEnds(out.value)
    return err
  }
  return success({
    stdio: [out.value.writeFd, err.value.writeFd],
    attach() {
      closeSync(out.value.writeFd)
      closeSync(err.value.writeFd)
      return success([readEnd(out.value.readFd), readEnd(err.value.readFd)])
    },
    abandon() {
      closeEnds(out.value)
      closeEnds(err.value)
    }
  })
}

const socketPairs: OutputPipes = {
  stdio: ['pipe', 'pipe'],
  attach({ stdout, stderr }) {
    if (!isSocket(stdout) || !isSocket(stderr)) return failure('setup-failed', 'the output of the child is not connected')
    return success([stdout, stderr])
  },
  abandon: () => undefined
}

const isSocket = (stream: Readable | null): stream is Socket => stream instanceof Socket

/**
 * All reads of all pipes go through it, one after the other: a flood would else leave 80 MB of buffers a second to the garbage collector,
 * which on a busy machine lags behind by far more than everything else takes. Who keeps a chunk has to copy it.
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(65_536)

function readEnd(fd: number): Socket {
  const socket: Socket = new Socket({
    fd,
    readable: true,
    writable: false,
    onread: { buffer: READ_BUFFER, callback: (length, buffer) => socket.emit('data', buffer.subarray(0, length)) }
  })
  return socket
}

function closeEnds({ readFd, writeFd }: Pipe): void {
  closeSync(readFd)
  closeSync(writeFd)
}
