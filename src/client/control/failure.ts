import { type Failure, type Result, UserError } from '../../core/errors.ts'
import { escapeControls } from '../../core/output/escape.ts'

/**
 * Why a supervisor did not do what it was asked. `unreachable`: there is none, or it does not answer; `refused`: it
 * answered no; `late`: it took the request, and what was waited for has not happened yet.
 */
export interface ControlFailure extends Failure {
  readonly kind: 'unreachable' | 'refused' | 'late'
  readonly next?: string | undefined
}

export type ControlResult<T> = Result<T, ControlFailure>

/** Exit codes of the subcommands that speak to a supervisor. */
export const EXIT = { done: 0, failed: 1, usage: 2, unreachable: 3, late: 4 } as const

const EXIT_OF: Readonly<Record<ControlFailure['kind'], number>> = { unreachable: EXIT.unreachable, refused: EXIT.failed, late: EXIT.late }

export const controlFailure = (
  kind: ControlFailure['kind'],
  code: string,
  message: string,
  next?: string
): { readonly ok: false; readonly error: ControlFailure } => ({ ok: false, error: { kind, code, message, next } })

/** What a command line says of it, with the exit code that scripts may rely on. The words may be another host's: nothing acts on the terminal. */
export const asUserError = ({ kind, message, next }: ControlFailure): UserError =>
  new UserError(safeLines(message), { exitCode: EXIT_OF[kind], ...(next === undefined ? {} : { next: safeLines(next) }) })

const safeLines = (text: string): string => text.split('\n').map(escapeControls).join('\n')

/** The value, or the failure thrown as an error for the command line. */
export function orThrow<T>(result: ControlResult<T>): T {
  if (result.ok) return result.value
  throw asUserError(result.error)
}
