import type { Result } from '../errors.ts'

/** Why a text is no rule, and where. */
export interface Fault {
  /** From 1, in characters. */
  readonly column: number
  /** What was found and what was expected. */
  readonly message: string
}

export type Parsed<T> = Result<T, Fault>

export const fault = (column: number, message: string): Parsed<never> => ({ ok: false, error: { column, message } })
