import type { Compat } from '../settings.ts'

/** How long something has been over its limit without a break. */
export interface Sustained {
  /** Checks over the limit in a row. */
  readonly inARow: number
  readonly ms: number
}

export const NOT_OVER: Sustained = { inARow: 0, ms: 0 }

/** After one more check. Ours adds up the measured time; osquery counts checks of the nominal interval. */
export function sustain(before: Sustained, over: boolean, measuredMs: number, nominalMs: number, compat: Compat): Sustained {
  if (!over) return NOT_OVER
  const inARow = before.inARow + 1
  return { inARow, ms: compat === 'osquery' ? inARow * nominalMs : before.ms + measuredMs }
}

/** Strictly above for the sample, at least for the window. */
export const isTooLong = (sustained: Sustained, latencyMs: number): boolean => sustained.inARow > 0 && sustained.ms >= latencyMs
