import { choice, count } from './values.ts'

/** Entries of the process cache; more would be gigabytes. */
export const CACHE_SIZES = count(16, 1_048_576)

/** Whose execs and exits are recorded. */
export const processEvents = choice('off', 'managed', 'all')
