import { describe, expect, test } from 'vitest'
import { NodeDrive } from './node-drive.ts'

const node = (over = {}) => new NodeDrive(over)

describe('start', () => {
  test('waits for the nodes in `after`, then spawns once', () => {
    const started = node({ after: ['db'] }).start()
    expect([started.phase, started.count('await-dependencies'), started.count('spawn')]).toEqual(['waiting', 1, 0])
    started.start().restart().feed({ type: 'dependencies-ready' }).feed({ type: 'dependencies-ready' })
    expect([started.phase, started.count('spawn')]).toEqual(['starting', 1])
  })

  test('scenario 16: many restarts at once: exactly one incarnation', () => {
    const running = node().run()
    for (let turn = 0; turn < 20; turn++) running.restart()
    expect([running.count('stop-tree'), running.count('spawn')]).toEqual([1, 1])
    running.exits(143).empties()
    for (let turn = 0; turn < 20; turn++) running.restart().start()
    running.spawned()
    expect([running.count('spawn'), running.phase, running.machine.incarnation]).toEqual([2, 'running', 2])
  })
})

describe('stop', () => {
  test('scenario 15: a stop during back-off wins', () => {
    const stopped = node().run().endsAfter(10).stop()
    expect(stopped.last[0]).toEqual({ type: 'disarm-backoff' })
    expect(stopped.elapses().phase).toBe('stopped')
    expect(stopped.count('spawn')).toBe(1)
  })

  test('scenario 15: a stop during a restart wins', () => {
    expect(node().run().restart().stop().exits(143).empties().phase).toBe('stopped')
  })

  test('a stop while the program is being started ends it, and names who asked', () => {
    const stopped = node().start().stop().restart().stop().spawned()
    expect(stopped.of('stop-tree')).toEqual([
      { type: 'stop-tree', reason: { kind: 'command', command: 'stop', by: 'alice' }, kind: 'commanded' }
    ])
    expect(stopped.empties().machine.state).toEqual({ phase: 'stopped', by: 'command' })
  })

  test('a stop while waiting for others wins', () => {
    expect(
      node({ after: ['db'] })
        .start()
        .stop()
        .feed({ type: 'dependencies-ready' }).phase
    ).toBe('stopped')
  })

  test('a stop while a failing spawn is under way: stopped, no retry', () => {
    expect(node().start().stop().spawnFails().phase).toBe('stopped')
  })

  test('of a node that never ran keeps it from being started by itself, without a receipt', () => {
    const stopped = node().stop()
    expect([stopped.phase, stopped.count('follow-receipt')]).toEqual(['stopped', 0])
  })

  test('in back-off does not close the receipt of the life before a second time', () => {
    expect(node().run().endsAfter(10).stop().count('follow-receipt')).toBe(1)
  })

  test('`stopped` only when the tree is empty: the leader is not the tree', () => {
    const stopping = node().run().stop().exits(0)
    expect(stopping.phase).toBe('stopping')
    expect(stopping.emitted('node-stopped')).toEqual([])
    expect(stopping.empties().phase).toBe('stopped')
  })
})

describe('restart', () => {
  test('waits for the empty tree', () => {
    const restarting = node().run().restart().exits(143)
    expect(restarting.count('spawn')).toBe(1)
    expect(restarting.empties().count('spawn')).toBe(2)
  })

  test('a later stop cancels it, a start after that brings it back', () => {
    expect(node().run().restart().stop().start().empties().phase).toBe('starting')
  })

  test('a start while the tree of a node that is done still drains is not lost', () => {
    const done = node({ kind: 'extension', restart: 'never' }).run().exits(0).start().empties()
    expect(done.phase).toBe('starting')
  })

  test('during back-off it starts at once; so does a start', () => {
    for (const ask of ['start', 'restart'] as const) {
      const restarted = node().run().endsAfter(10)[ask]()
      expect([restarted.phase, restarted.count('disarm-backoff')]).toEqual(['starting', 1])
      expect(restarted.elapses().count('spawn')).toBe(2)
    }
  })
})

describe('a leader that ends by itself', () => {
  test('its leftovers end before anything follows', () => {
    const draining = node().run().wait(5000).exits(1)
    expect([draining.phase, draining.count('drain'), draining.count('spawn')]).toEqual(['draining', 1, 1])
    expect(draining.empties().count('spawn')).toBe(2)
  })

  test('only observed: nothing is started beside what it left behind, until that has ended by itself', () => {
    const left = node().run().wait(5000).exits(1).leavesBehind()
    expect([left.phase, left.count('insist'), left.count('spawn')]).toEqual(['draining', 0, 1])
    left.start()
    expect([left.phase, left.count('insist'), left.count('spawn')]).toEqual(['draining', 0, 1])
    expect(left.empties().count('spawn')).toBe(2)
  })

  test('only observed: what a person asks for is done, and so is the end of the run', () => {
    const reasons = (left: NodeDrive) => left.of('insist').map(({ reason }) => reason)
    const left = () => node().run().wait(5000).exits(1).leavesBehind()
    expect(reasons(left().stop())).toEqual([{ kind: 'command', command: 'stop', by: 'alice' }])
    expect(reasons(left().restart())).toEqual([{ kind: 'command', command: 'restart', by: 'alice' }])
    expect(reasons(left().shutdown())).toEqual([{ kind: 'shutdown', detail: 'the run ends' }])
    expect(left().shutdown(true).count('escalate')).toBe(1)
    expect(left().restart().empties().phase).toBe('starting')
    expect(left().stop().empties().machine.state).toEqual({ phase: 'stopped', by: 'command' })
  })

  test('only observed, but the run ends because of its exit: then what it left behind ends too, and first', () => {
    const done = node({ restart: 'never' }).run().exits(3).leavesBehind()
    expect([done.phase, done.end]).toEqual(['draining', undefined])
    expect(done.of('insist')).toEqual([{ type: 'insist', reason: { kind: 'shutdown', detail: 'the run ends' } }])
    expect(done.empties().end?.code).toBe(1)
    // an extension that is done does not end the run: what it left behind is left alone
    expect(node({ kind: 'extension', restart: 'never' }).run().exits(3).leavesBehind().count('insist')).toBe(0)
  })

  test('its uptime ends with it, not with its leftovers', () => {
    const slow = node().run().wait(3999).exits(1).wait(10_000).empties()
    expect(slow.phase).toBe('backing-off')
    expect(slow.emitted('node-exited')[0]).toMatchObject({ uptimeMs: 3999, success: false, incarnation: 1 })
  })
})

describe('stuck', () => {
  test('no respawn until the tree is empty', () => {
    const stuck = node().run().wait(100_000).breaks().sticks()
    expect([stuck.phase, stuck.end]).toEqual(['stuck', undefined])
    stuck.start().restart().elapses()
    expect(stuck.count('spawn')).toBe(1)
    expect(stuck.empties().count('spawn')).toBe(2)
  })

  test('78 only at shutdown, and the node is not called stopped', () => {
    const stuck = node().run().stop().sticks().shutdown()
    expect(stuck.end?.code).toBe(78)
    expect(stuck.end?.reason).toContain('7 still there after SIGKILL')
    expect(stuck.emitted('node-stopped')).toEqual([])
    expect(stuck.stop().phase).toBe('failed')
  })

  test('at a shutdown that is under way: 78', () => {
    expect(node().run().shutdown().sticks().end?.code).toBe(78)
  })
})

describe('shutdown', () => {
  test('scenario 20: during start-up it exits, nothing left', () => {
    const ending = node().start().shutdown().spawned()
    expect(ending.of('stop-tree')[0]).toMatchObject({ kind: 'commanded', reason: { kind: 'shutdown' } })
    expect(ending.empties().machine.state).toEqual({ phase: 'stopped', by: 'shutdown' })
  })

  test('a forced one does not wait for a start that is under way', () => {
    const ending = node().start().shutdown()
    expect(ending.count('abort-start')).toBe(0)
    expect(ending.shutdown(true).count('abort-start')).toBe(1)
    expect(ending.spawnFails().machine.state).toEqual({ phase: 'stopped', by: 'shutdown' })
  })

  test('a forced one that comes too late for that keeps its force', () => {
    expect(node().start().shutdown().shutdown(true).shutdown().stop().spawned().of('stop-tree')[0]?.kind).toBe('force')
  })

  test('a second, forced one escalates the stop that is under way', () => {
    const ending = node().run().shutdown().shutdown(true)
    expect([ending.count('stop-tree'), ending.count('escalate')]).toEqual([1, 1])
  })

  test('outranks stop, start and restart', () => {
    const ending = node().run().shutdown().restart().start().stop().empties()
    expect(ending.machine.state).toEqual({ phase: 'stopped', by: 'shutdown' })
  })

  test('during back-off, and while waiting for others, there is nothing to wait for', () => {
    expect(node().run().endsAfter(10).shutdown().machine.state).toEqual({ phase: 'stopped', by: 'shutdown' })
    expect(
      node({ after: ['db'] })
        .start()
        .shutdown().phase
    ).toBe('stopped')
  })

  test('during a drain, no respawn follows', () => {
    expect(node().run().exits(1).shutdown().empties().count('spawn')).toBe(1)
  })
})
