import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { NodeEffect, NodeEvent, Phase } from '../../src/core/watcher/machine.ts'
import { transition } from '../../src/core/watcher/transition.ts'
import { LEADER, MEMORY_LIMIT, NodeDrive } from './node-drive.ts'
import { byDefault, nodeSettings, respawnPolicy } from './node-settings.ts'

/** What the world may do; each is tried only where it can happen. */
const ACTIONS = [
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
type Action = (typeof ACTIONS)[number]
type Turn = readonly [Action, number]

const COMMANDS: readonly Action[] = ['start', 'stop', 'restart', 'shutdown', 'force', 'wait']

/** An abstract interpreter: it has processes, timers and receipts, and does what it is told. Fails when it is told nonsense. */
class World {
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

  choose({ pick, figure, mayEnd }: Choice): void {
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
/** Which of what can happen then, how long or with which status, and whether the end of the run is among the choices. */
const choice = fc.record({ pick: fc.nat(999), figure: fc.nat(30), mayEnd: fc.nat(30).map((chance) => chance === 0) })
type Choice = typeof choice extends fc.Arbitrary<infer T> ? T : never
const choices = fc.array(choice, { maxLength: 80 })

const nodes = fc.record({
  kind: fc.constantFrom('worker' as const, 'extension' as const),
  restart: fc.constantFrom('always' as const, 'on-failure' as const, 'never' as const),
  limit: fc.nat(5),
  windowMs: fc.constantFrom(1000, 20_000, Number.MAX_SAFE_INTEGER),
  maxDelayMs: fc.constantFrom(0, 30_000),
  onExhausted: fc.constantFrom('shutdown' as const, 'fail' as const),
  after: fc.constantFrom<readonly string[]>([], ['db']),
  compat: fc.constantFrom('none' as const, 'osquery' as const),
  random: fc.double({ min: 0, max: 1, noNaN: true })
})
type NodeChoice = typeof nodes extends fc.Arbitrary<infer T> ? T : never

const worldOf = ({ kind, restart, limit, windowMs, maxDelayMs, onExhausted, after, compat, random }: NodeChoice): World => {
  const respawn = respawnPolicy({ limit: byDefault(limit), windowMs, maxDelayMs, onExhausted, jitter: 0.2 })
  return new World(new NodeDrive({ kind, restart, after, respawn }, compat, random))
}

const RUNS = 3000

describe('over random traces of what may happen', () => {
  test('one incarnation, one receipt a stop, the stop wins, the budget within its bounds', () => {
    const reached = new Map<Phase, number>()
    fc.assert(
      fc.property(nodes, choices, (node, trace) => {
        const world = worldOf(node)
        world.take(['start', 0])
        for (const turn of trace) {
          world.choose(turn)
          const { phase } = world.node.machine.state
          reached.set(phase, (reached.get(phase) ?? 0) + 1)
        }
      }),
      { numRuns: RUNS }
    )
    const phases: Phase[] = ['waiting', 'starting', 'running', 'draining', 'stopping', 'stuck', 'backing-off', 'stopped', 'failed']
    for (const phase of phases) expect(reached.get(phase) ?? 0, `visits of ${phase}`).toBeGreaterThan(200)
  })

  test('after a stop, when everything has ended, the node is at rest', () => {
    fc.assert(
      fc.property(nodes, choices, (node, trace) => {
        const world = worldOf(node)
        for (const turn of trace) world.choose(turn)
        world.take(['stop', 0])
        world.settle()
        expect(['stopped', 'failed']).toContain(world.node.phase)
        const unkillable = world.node.end?.code === 78 && world.tree
        expect([world.gate, world.leader && !unkillable, world.receipt, world.timer]).toEqual([false, false, false, false])
      }),
      { numRuns: RUNS }
    )
  })

  test('after a start nothing is left hanging: it runs, or the run ends', () => {
    fc.assert(
      fc.property(nodes, choices, (node, trace) => {
        const world = worldOf(node)
        for (const turn of trace) world.choose(turn)
        world.take(['start', 0])
        world.settle()
        if (world.shuttingDown) {
          world.take(['shutdown', 0])
          world.settle()
        }
        const expected = world.shuttingDown ? ['idle', 'stopped', 'failed'] : ['running']
        expect(expected).toContain(world.node.phase)
      }),
      { numRuns: RUNS }
    )
  })
})

const SURPRISES: readonly NodeEvent[] = [
  { type: 'start', by: 'x' },
  { type: 'stop', by: 'x' },
  { type: 'restart', by: 'x' },
  { type: 'shutdown', force: false },
  { type: 'shutdown', force: true },
  { type: 'dependencies-ready' },
  { type: 'spawned', leader: LEADER, at: 0 },
  { type: 'spawn-failed', failure: { code: 'EAGAIN', message: 'no room' }, at: 0 },
  { type: 'exited', exit: { code: undefined, signal: undefined, oomKilled: false }, at: 0 },
  { type: 'broken', reason: MEMORY_LIMIT, at: 0 },
  { type: 'tree-emptied', at: 0 },
  { type: 'unkillable', survivors: [], at: 0 },
  { type: 'backoff-elapsed' }
]

test('no event in any phase throws, and none brings two incarnations in a row without an end between them', () => {
  fc.assert(
    fc.property(nodes, fc.array(fc.constantFrom(...SURPRISES), { maxLength: 60 }), (choice, events) => {
      let { machine } = worldOf(choice).node
      const settings = nodeSettings({ kind: choice.kind, restart: choice.restart, after: choice.after })
      let alive = false
      for (const event of events) {
        const [next, effects] = transition(machine, event, { now: 0, wall: 0, settings, compat: choice.compat, random: choice.random })
        if (event.type === 'spawn-failed' && machine.state.phase === 'starting') alive = false
        if (event.type === 'tree-emptied' || effects.some((effect) => effect.type === 'end-run')) alive = false
        for (const effect of effects) {
          if (effect.type !== 'spawn') continue
          expect(alive).toBe(false)
          expect(effect.incarnation).toBe(machine.incarnation + 1)
          alive = true
        }
        machine = next
      }
    }),
    { numRuns: RUNS }
  )
})
