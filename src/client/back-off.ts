/** First pause between two attempts to reach a supervisor, ms. */
const FIRST_MS = 250
/** Longest one: a host that comes back is seen again soon. */
const LONGEST_MS = 10_000
/** Share of the pause that is added at random, so that many clients do not come at once. */
const JITTER = 0.25

/** How long to wait after `failures` attempts in a row that failed (at least 1), ms. `random`: 0 to 1. Pure. */
export const pauseAfter = (failures: number, random: number): number =>
  Math.round(Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 16)) * (1 + JITTER * random))
