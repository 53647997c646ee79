import type { Cancel } from '../ports.ts'
import { refuse } from './refusal.ts'

/** Of all answers that wait for their readers, bytes; a slow reader of a small one never matters. */
const MOST_BYTES = 64 * 1024 * 1024
const SMALL_BYTES = 64 * 1024

/** Counts an answer until it was taken. Throws the refusal (503) where too much waits already. */
export type CountAnswer = (bytes: number) => Cancel

/** Readers that ask for the whole state and do not take it must not use up the memory of the supervisor. */
export function createOutstanding(most = MOST_BYTES): CountAnswer {
  let waiting = 0
  return (bytes) => {
    if (bytes <= SMALL_BYTES) return () => undefined
    if (waiting > 0 && waiting + bytes > most) {
      throw refuse(503, 'busy', 'too many answers wait for their readers', 'Try again later.')
    }
    waiting += bytes
    let held = true
    return () => {
      if (held) waiting -= bytes
      held = false
    }
  }
}
