import type { EventBody, EventType } from '../../src/core/events.ts'
import type { NextStep, StopReason } from '../../src/core/receipt.ts'
import type { Compat, NodeSettings } from '../../src/core/settings.ts'
import { createMachine, type NodeEffect, type NodeEvent, type NodeMachine } from '../../src/core/watcher/machine.ts'
import { transition } from '../../src/core/watcher/transition.ts'
import { nodeSettings } from './node-settings.ts'

export const LEADER = { pid: 4211, startTime: 100 }
export const exited = (code: number) => ({ code, signal: undefined, oomKilled: false })
export const MEMORY_LIMIT: StopReason = { kind: 'limit', rule: 'memory', source: { kind: 'default' }, arithmetic: 'memory 3 > 2' }

/** One machine on a time line that the test moves by hand; keeps every effect. */
export class NodeDrive {
  now = 0
  machine: NodeMachine
  readonly effects: NodeEffect[] = []
  #last: readonly NodeEffect[] = []

  readonly compat: Compat
  readonly random: number
  settings: NodeSettings

  constructor(over: Partial<NodeSettings> = {}, compat: Compat = 'none', random = 0) {
    this.settings = nodeSettings(over)
    this.compat = compat
    this.random = random
    this.machine = createMachine(this.settings)
  }

  feed(event: NodeEvent): this {
    const { now, settings, compat, random } = this
    const [machine, effects] = transition(this.machine, event, { now, wall: now, settings, compat, random })
    this.machine = machine
    this.#last = effects
    this.effects.push(...effects)
    return this
  }

  wait(ms: number): this {
    this.now += ms
    return this
  }

  start = (): this => this.feed({ type: 'start', by: 'test' })
  stop = (): this => this.feed({ type: 'stop', by: 'alice' })
  restart = (): this => this.feed({ type: 'restart', by: 'alice' })
  shutdown = (force = false): this => this.feed({ type: 'shutdown', force })
  spawned = (): this => this.feed({ type: 'spawned', leader: LEADER, at: this.now })
  spawnFails = (): this => this.feed({ type: 'spawn-failed', failure: { code: 'ENOENT', message: 'no such file' }, at: this.now })
  exits = (code: number): this => this.feed({ type: 'exited', exit: exited(code), at: this.now })
  breaks = (reason: StopReason = MEMORY_LIMIT): this => this.feed({ type: 'broken', reason, at: this.now })
  empties = (): this => this.feed({ type: 'tree-emptied', at: this.now })
  leavesBehind = (): this => this.feed({ type: 'left-behind' })
  sticks = (): this => this.feed({ type: 'unkillable', survivors: [7], at: this.now })
  elapses = (): this => this.feed({ type: 'backoff-elapsed' })

  /** Started, and its program runs. */
  run = (): this => this.start().spawned()
  /** Its leader ends after this long and leaves nothing behind. */
  endsAfter = (ms: number, code = 1): this => this.wait(ms).exits(code).empties()
  /** Waits for as long as the back-off says. */
  backOff(): this {
    const { state } = this.machine
    if (state.phase !== 'backing-off') throw new Error(`not in back-off but ${state.phase}`)
    this.now = state.until
    return this.elapses()
  }

  get phase(): string {
    return this.machine.state.phase
  }

  get uses(): number {
    return this.machine.uses.length
  }

  /** Effects of the last event. */
  get last(): readonly NodeEffect[] {
    return this.#last
  }

  count(type: NodeEffect['type']): number {
    return this.effects.filter((effect) => effect.type === type).length
  }

  of<T extends NodeEffect['type']>(type: T): Extract<NodeEffect, { type: T }>[] {
    return this.effects.filter((effect) => effect.type === type) as Extract<NodeEffect, { type: T }>[]
  }

  emitted<T extends EventType>(type: T): Extract<EventBody, { type: T }>[] {
    const bodies = this.of('emit').map((effect) => effect.body)
    return bodies.filter((body) => body.type === type) as Extract<EventBody, { type: T }>[]
  }

  get next(): NextStep | undefined {
    return this.of('follow-receipt').at(-1)?.next
  }

  get end(): { readonly code: number; readonly reason: string } | undefined {
    return this.of('end-run').at(-1)
  }
}
