import { BRANCH_TICKS } from '../../session.ts'

/** A start time as its own host counts it: `tick 804211`, clock ticks since boot. */
export const tickOf = (startTime: number): string => `tick ${startTime % BRANCH_TICKS}`
