import type { Failure } from '../errors.ts'

/** Why a request is not answered as it was meant; `next`: what the person can do. */
export interface Refusal {
  readonly status: 400 | 403 | 404 | 405 | 408 | 409 | 413 | 429 | 431 | 500 | 503
  readonly code: string
  readonly message: string
  readonly next?: string | undefined
}

/** Thrown within the handling of one request, and answered as its refusal. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal.message)
    this.refusal = refusal
  }
}

export const refuse = (status: Refusal['status'], code: string, message: string, next?: string): RefusedError =>
  new RefusedError({ status, code, message, next })

const NOT_THERE: ReadonlySet<string> = new Set(['no-such-node', 'no-such-process', 'no-history'])
const NOT_VALID: ReadonlySet<string> = new Set(['invalid-limit', 'not-a-process', 'same-process'])
const NOT_ALLOWED: ReadonlySet<string> = new Set(['denied', 'other-user', 'not-ours-to-signal', 'overflow-uid'])

/** What the supervisor refused to do, as a status: what is not known of here conflicts with how things stand. */
export function refusalOf({ code, message }: Failure): Refusal {
  const status = NOT_THERE.has(code) ? 404 : NOT_VALID.has(code) ? 400 : NOT_ALLOWED.has(code) ? 403 : code === 'shutting-down' ? 503 : 409
  return { status, code, message }
}
