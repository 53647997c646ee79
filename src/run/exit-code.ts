import type { ExitStatus } from '../core/receipt.ts'
import { numberOf } from '../core/stop/signal.ts'
import type { RunEnd } from '../core/supervisor.ts'

/** The supervisor itself is unhealthy, or could not stop a child; terminal: "Exit codes". */
const UNHEALTHY = 78

/** The worker at the end of the run. */
export interface EndedWorker {
  readonly name: string
  /** undefined: it never ran. */
  readonly exit: Pick<ExitStatus, 'code' | 'signal'> | undefined
}

/**
 * The exit code of a run with --exit-with-worker: the worker's own, or 128 + signal, where it was the worker that ended the run or the
 * end was asked for. A run that failed for another reason has its own code, and no failure is hidden by a worker that exited with 0.
 */
export function exitCodeWithWorker(end: RunEnd, worker: EndedWorker | undefined): number {
  const own = worker?.exit && codeOf(worker.exit)
  if (own === undefined || end.code === UNHEALTHY) return end.code
  if (end.code === 0) return own
  return end.node === worker?.name && own !== 0 ? own : end.code
}

const codeOf = ({ code, signal }: Pick<ExitStatus, 'code' | 'signal'>): number | undefined =>
  signal === undefined ? code : 128 + numberOf(signal)
