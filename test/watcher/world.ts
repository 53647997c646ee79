import type { NodeEffect } from '../../src/core/watcher/machine.ts'
import type { NodeDrive } from './node-drive.ts'

/** What the world may do; each is tried only where it can happen. */
export const ACTIONS = [
  'start',
  'stop',
  'restart',
  'shutdown',
  'force',
  'spawned',
  'spawnFails',
  'exits',
  'breaks',
  'empties',
  'sticks',
  'elapses',
  'ready',
  'wait'
] as const
export type Action = (typeof ACTIONS)[number]
type Turn = readonly [Action, number]

const COMMANDS: readonly Action[] = ['start', 'stop', 'restart', 'shutdown', 'force', 'wait']

/** An abstract interpreter: it has processes, timers and receipts, and does what it is told. Fails when it is told nonsense. */
export class World {
  readonly node: NodeDrive
  gate = false
  leader = false
  tree = false
  timer = false
  awaiting = false
  receipt = false
  shuttingDown = false
  stops = 0
  follows = 0
  /** Involuntary ends so far. */
  involuntary = 0
  wantsRest = false

  constructor(node: NodeDrive) {
    this.node = node
  }

  can(action: Action): boolean {
    if (action === 'spawned' || action === 'spawnFails') return this.gate
    if (action === 'exits') return this.leader
    if (action === 'breaks') return this.node.phase === 'running'
    if (action === 'empties') return this.receipt && this.tree
    if (action === 'sticks') return this.receipt && this.tree
    if (action === 'elapses') return this.timer
    if (action === 'ready') return this.awaiting
    if (action === 'start' || action === 'restart') return !this.shuttingDown
    return true
  }

  choose({ pick, figure, mayEnd }: { readonly pick: number; readonly figure: number; readonly mayEnd: boolean }): void {
    const possible = ACTIONS.filter((action) => this.can(action) && (mayEnd || !FINAL.includes(action)))
    this.take([possible[pick % possible.length] ?? 'wait', figure])
  }

  take([action, figure]: Turn): void {
    if (!this.can(action)) return
    const { node } = this
    const before = { uses: node.uses, phase: node.phase, effects: node.effects.length }
    const ranFreely = node.phase === 'running'
    switch (action) {
      case 'wait':
        node.wait(figure * 500)
        return
      case 'force':
      case 'shutdown':
        this.shuttingDown = true
        node.shutdown(action === 'force')
        break
      case 'spawned':
        this.gate = false
        this.leader = true
        this.tree = true
        node.spawned()
        break
      case 'spawnFails':
        this.gate = false
        this.involuntary += 1
        node.spawnFails()
        break
      case 'exits':
        this.leader = false
        if (ranFreely) this.involuntary += 1
        node.exits(figure % 4)
        break
      case 'breaks':
        this.involuntary += 1
        node.breaks()
        break
      case 'empties':
        if (this.leader) {
          this.leader = false
          node.exits(143)
        }
        this.tree = false
        node.empties()
        break
      case 'elapses':
        this.timer = false
        node.elapses()
        break
      case 'ready':
        this.awaiting = false
        node.feed({ type: 'dependencies-ready' })
        break
      default:
        node[action]()
    }
    if (action === 'stop') this.wantsRest = true
    if (action === 'start' || action === 'restart') this.wantsRest = false
    for (const effect of node.effects.slice(before.effects)) this.perform(effect)
    this.holds(action, before.uses)
  }

  perform(effect: NodeEffect): void {
    switch (effect.type) {
      case 'spawn':
        if (this.gate || this.leader || this.tree) throw new Error('two incarnations at once')
        if (this.wantsRest) throw new Error('a pending start won over a stop')
        if (this.shuttingDown) throw new Error('a start during the shutdown')
        this.gate = true
        return
      case 'drain':
      case 'stop-tree':
        if (this.receipt) throw new Error('a second receipt for one tree')
        this.receipt = true
        this.stops += 1
        return
      case 'follow-receipt':
        if (!this.receipt) throw new Error('a receipt followed that was not open')
        this.receipt = false
        this.follows += 1
        return
      case 'escalate':
        if (!this.receipt) throw new Error('nothing to escalate')
        return
      case 'arm-backoff':
        if (this.timer) throw new Error('two timers')
        this.timer = true
        return
      case 'disarm-backoff':
        if (!this.timer) throw new Error('no timer to disarm')
        this.timer = false
        return
      case 'await-dependencies':
        this.awaiting = true
        return
      case 'end-run':
        this.shuttingDown = true
        return
      case 'emit':
        return
    }
  }

  holds(action: Action, usesBefore: number): void {
    const { node } = this
    const limit = node.settings.respawn.limit.value
    if (node.uses > limit) throw new Error(`${node.uses} uses of ${limit}`)
    if (COMMANDS.includes(action) && node.uses > usesBefore) throw new Error(`${action} used budget`)
    if (node.uses > usesBefore + 1) throw new Error('one end used budget twice')
    if (node.uses > this.involuntary) throw new Error('a commanded stop used budget')
    if (this.stops - this.follows !== (this.receipt ? 1 : 0)) throw new Error('a stop without exactly one receipt')
    if (node.phase === 'stopped' && (this.gate || this.tree)) throw new Error('called stopped while something lives')
    if (node.phase === 'backing-off' && !this.timer) throw new Error('waits for a timer that nobody armed')
  }

  /** The world calms down: everything that was begun comes to its end. */
  settle(): void {
    for (let turn = 0; turn < 50; turn++) {
      for (const action of ['spawned', 'empties', 'elapses', 'ready'] as const) this.take([action, 0])
    }
  }
}

const FINAL: readonly Action[] = ['shutdown', 'force']
