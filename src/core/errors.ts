/**
 * An error that a person can act on: what happened, why, and what to do next.
 * Everything that is not a UserError is a bug and is reported with its stack.
 */
export class UserError extends Error {
  override readonly name = 'UserError'
  /** What the person can do about it, one sentence. */
  readonly next: string | undefined
  /** Exit code for the command line; 2 is a usage or configuration error. */
  readonly exitCode: number

  constructor(message: string, options: { next?: string; exitCode?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.next = options.next
    this.exitCode = options.exitCode ?? 2
  }
}

/** Name of a kernel error, as in errno(3). */
export type Errno = string

/** The outcome of something that the kernel may refuse: a value, or the name of the error and where it came from. */
export type Result<T, E = Failure> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E }

export interface Failure {
  /** ENOENT, EACCES, ... or a name of ours such as `facility-missing`. */
  readonly code: Errno
  /** A sentence for a person. */
  readonly message: string
}

export const success = <T>(value: T): Result<T, never> => ({ ok: true, value })

export const failure = (code: Errno, message: string): Result<never> => ({ ok: false, error: { code, message } })

/** The errno name of a thrown Node system error; undefined when it is none. */
export function errnoOf(error: unknown): Errno | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
