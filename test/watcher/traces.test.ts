import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { NodeEvent, Phase } from '../../src/core/watcher/machine.ts'
import { transition } from '../../src/core/watcher/transition.ts'
import { LEADER, MEMORY_LIMIT, NodeDrive } from './node-drive.ts'
import { byDefault, nodeSettings, respawnPolicy } from './node-settings.ts'
import { World } from './world.ts'

/** Which of what can happen then, how long or with which status, and whether the end of the run is among the choices. */
const choice = fc.record({ pick: fc.nat(999), figure: fc.nat(30), mayEnd: fc.nat(30).map((chance) => chance === 0) })
const choices = fc.array(choice, { maxLength: 80, size: 'max' })

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

const RUNS = 1500

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
    for (const phase of phases) expect(reached.get(phase) ?? 0, `visits of ${phase}`).toBeGreaterThan(50)
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
  { type: 'left-behind' },
  { type: 'broken', reason: MEMORY_LIMIT, at: 0 },
  { type: 'tree-emptied', at: 0 },
  { type: 'unkillable', survivors: [], at: 0 },
  { type: 'backoff-elapsed' }
]

test('no event in any phase throws, and none brings two incarnations in a row without an end between them', () => {
  fc.assert(
    fc.property(nodes, fc.array(fc.constantFrom(...SURPRISES), { maxLength: 60, size: 'max' }), (choice, events) => {
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
