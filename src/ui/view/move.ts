import type { Action } from '../keymap.ts'

/** Where a movement leads from `at`, within 0 and `last`; anything that is no movement stays. */
export function moved(at: number, action: Action, page: number, last: number): number {
  const step = STEPS[action]?.(Math.max(1, page - 1)) ?? 0
  return Math.max(0, Math.min(last, at + step))
}

const STEPS: Readonly<Partial<Record<Action, (page: number) => number>>> = {
  up: () => -1,
  down: () => 1,
  'page-up': (page) => -page,
  'page-down': (page) => page,
  first: () => -1e9,
  last: () => 1e9
}
