import type { Compat } from '../settings.ts'

/** How long something has been over its limit without a break. */
export interface Sustained {
  /** Checks over the limit in a row. */
  readonly inARow: number
  readonly ms: number
}

export const NOT_OVER: Sustained = { inARow: 0, ms: 0 }

/** A check this share of the interval early or late counts as on time: timers are, and 11.998 s shall not need a fifth check. */
const ON_TIME = 0.05

/** After one more check. Ours adds up the measured time; osquery counts checks of the nominal interval. */
export function sustain(before: Sustained, over: boolean, measuredMs: number, nominalMs: number, compat: Compat): Sustained {
  if (!over) return NOT_OVER
  const inARow = before.inARow + 1
  if (compat === 'osquery') return { inARow, ms: inARow * nominalMs }
  const onTime = Math.abs(measuredMs - nominalMs) <= nominalMs * ON_TIME
  return { inARow, ms: before.ms + (onTime ? nominalMs : measuredMs) }
}

/** Strictly above for the sample, at least for the window. */
export const isTooLong = (sustained: Sustained, latencyMs: number): boolean => sustained.inARow > 0 && sustained.ms >= latencyMs
