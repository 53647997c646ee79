import type { Clock } from '../ports.ts'

/** Lets a few through a second for each key, and counts the others. */
export interface Limiter {
  /** undefined: not now. Else how many were held back since the last one that passed. */
  pass(key: number): number | undefined
}

/** Keys are uids; who can have more than this many can say what he likes. */
const MOST_KEYS = 1024

export function createLimiter(clock: Clock, perSecond: number): Limiter {
  const windows = new Map<number, { second: number; passed: number; heldBack: number }>()
  return {
    pass(key) {
      const second = Math.floor(clock.now() / 1000)
      if (windows.size >= MOST_KEYS && !windows.has(key)) windows.clear()
      const window = windows.get(key) ?? { second, passed: 0, heldBack: 0 }
      windows.set(key, window)
      if (window.second !== second) Object.assign(window, { second, passed: 0 })
      if (window.passed >= perSecond) {
        window.heldBack += 1
        return undefined
      }
      const { heldBack } = window
      window.passed += 1
      window.heldBack = 0
      return heldBack
    }
  }
}
