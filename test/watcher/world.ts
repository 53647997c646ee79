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
  'leavesBehind',
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
  /** What is left of the tree is only observed. */
  observed = false
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
    if (action === 'leavesBehind') return this.node.phase === 'draining' && this.tree
    if (action === 'breaks') return this.node.phase === 'running'
    if (action === 'empties') return this.receipt && this.tree
    if (action === 'sticks') return this.receipt && this.tree && !this.observed
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
      case 'leavesBehind':
        this.observed = true
        node.leavesBehind()
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
        this.observed = false
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
    for (const [holds, nonsense] of NONSENSE[effect.type] ?? []) if (holds(this)) throw new Error(nonsense)
    switch (effect.type) {
      case 'spawn':
        this.gate = true
        return
      case 'drain':
      case 'stop-tree':
        this.receipt = true
        this.stops += 1
        return
      case 'follow-receipt':
        this.receipt = false
        this.follows += 1
        return
      case 'insist':
        this.observed = false
        return
      case 'arm-backoff':
        this.timer = true
        return
      case 'disarm-backoff':
        this.timer = false
        return
      case 'await-dependencies':
        this.awaiting = true
        return
      case 'end-run':
        this.shuttingDown = true
        return
      default:
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
    if (this.observed && this.shuttingDown && node.end !== undefined) throw new Error('the run ends beside a tree that nobody ends')
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

/** What an effect must not be asked for. */
const NONSENSE: { readonly [T in NodeEffect['type']]?: readonly (readonly [(world: World) => boolean, string])[] } = {
  spawn: [
    [({ gate, leader, tree }) => gate || leader || tree, 'two incarnations at once'],
    [({ wantsRest }) => wantsRest, 'a pending start won over a stop'],
    [({ shuttingDown }) => shuttingDown, 'a start during the shutdown']
  ],
  'abort-start': [[({ gate }) => !gate, 'no start to abort']],
  drain: [[({ receipt }) => receipt, 'a second receipt for one tree']],
  'stop-tree': [[({ receipt }) => receipt, 'a second receipt for one tree']],
  'follow-receipt': [[({ receipt }) => !receipt, 'a receipt followed that was not open']],
  insist: [[({ receipt }) => !receipt, 'nothing to insist on']],
  escalate: [[({ receipt }) => !receipt, 'nothing to escalate']],
  'arm-backoff': [[({ timer }) => timer, 'two timers']],
  'disarm-backoff': [[({ timer }) => !timer, 'no timer to disarm']]
}
