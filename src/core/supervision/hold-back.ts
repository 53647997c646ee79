/** Holds calls back until it is opened; then makes them, in order. */
export interface HoldBack {
  pass(call: () => void): void
  open(): void
}

export function createHoldBack(): HoldBack {
  let held: (() => void)[] | undefined = []
  return {
    pass(call) {
      if (held === undefined) call()
      else held.push(call)
    },
    open() {
      const calls = held ?? []
      held = undefined
      for (const call of calls) call()
    }
  }
}
