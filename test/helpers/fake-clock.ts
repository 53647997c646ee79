import type { Cancel, Clock } from '../../src/core/ports.ts'

/**
 * A clock that moves only when told to. Fails loudly when misused: moving backwards,
 * or an avalanche of timers that never lets `advance` finish.
 */
export class FakeClock implements Clock {
  #now = 0
  #wall = Date.UTC(2026, 0, 1)
  #nextId = 1
  readonly #timers = new Map<number, { at: number; callback: () => void }>()

  now(): number {
    return this.#now
  }

  wall(): number {
    return this.#wall
  }

  after(ms: number, callback: () => void): Cancel {
    if (!Number.isFinite(ms) || ms < 0) throw new Error(`a timer of ${ms} ms`)
    const id = this.#nextId++
    this.#timers.set(id, { at: this.#now + ms, callback })
    return () => this.#timers.delete(id)
  }

  /** Number of timers that are still to fire. */
  get pending(): number {
    return this.#timers.size
  }

  /** Moves both clocks by `ms`, firing what becomes due, in order. */
  advance(ms: number): void {
    if (ms < 0) throw new Error('a monotonic clock does not go back')
    const end = this.#now + ms
    for (let fired = 0; ; fired++) {
      if (fired > 100_000) throw new Error('100,000 timers fired in one advance')
      const due = [...this.#timers].filter(([, timer]) => timer.at <= end).sort((a, b) => a[1].at - b[1].at || a[0] - b[0])[0]
      if (due === undefined) break
      const [id, timer] = due
      this.#timers.delete(id)
      this.#wall += timer.at - this.#now
      this.#now = timer.at
      timer.callback()
    }
    this.#wall += end - this.#now
    this.#now = end
  }

  /** The system's wall clock was set; the monotonic one does not notice. */
  setWall(ms: number): void {
    this.#wall = ms
  }
}
