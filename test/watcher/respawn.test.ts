import { describe, expect, test } from 'vitest'
import { NodeDrive } from './node-drive.ts'
import { byDefault, respawnPolicy } from './node-settings.ts'

const worker = (respawn = {}) => new NodeDrive({ respawn: respawnPolicy(respawn) })
const extension = (over = {}) => new NodeDrive({ kind: 'extension', name: 'indexer', restart: 'always', ...over })

describe('back-off', () => {
  test('none for the first crash of the window past the minimum uptime, but it uses budget', () => {
    const node = worker().run().endsAfter(4000)
    expect(node.phase).toBe('starting')
    expect(node.machine.incarnation).toBe(2)
    expect(node.uses).toBe(1)
    expect(node.next).toEqual({ kind: 'respawn', delayMs: 0, usesLeft: 3 })
  })

  test('for a first crash that came too quickly', () => {
    const node = worker().run().endsAfter(3999)
    expect(node.of('arm-backoff')).toEqual([{ type: 'arm-backoff', delayMs: 5000 + 2000 }])
  })

  test('for the second crash of the window, however long it lived', () => {
    const node = worker().run().endsAfter(100_000).spawned().endsAfter(100_000)
    expect(node.of('arm-backoff')).toEqual([{ type: 'arm-backoff', delayMs: 5000 + 4000 }])
  })

  test('always after a limit stop, however long it lived', () => {
    const node = worker().run().wait(500_000).breaks().empties()
    expect(node.phase).toBe('backing-off')
    expect(node.next).toEqual({ kind: 'respawn', delayMs: 7000, usesLeft: 3 })
  })

  test('always after a health stop', () => {
    const node = worker().run().wait(500_000).breaks({ kind: 'health', detail: '3 in a row' }).empties()
    expect(node.phase).toBe('backing-off')
    expect(node.uses).toBe(1)
  })

  test('grows with the uses in the window up to the maximum', () => {
    const node = worker({ limit: byDefault(9), maxDelayMs: 30_000 }).run()
    for (let death = 0; death < 6; death++) node.endsAfter(10).backOff().spawned()
    expect(node.of('arm-backoff').map((effect) => effect.delayMs)).toEqual([7000, 9000, 13_000, 21_000, 30_000, 30_000])
  })

  test('jitter adds its share and never passes the maximum', () => {
    const delay = (jitter: number, random: number, maxDelayMs = 600_000) =>
      new NodeDrive({ respawn: respawnPolicy({ jitter, maxDelayMs }) }, 'none', random).run().endsAfter(10).of('arm-backoff')[0]?.delayMs
    expect(delay(0.5, 0)).toBe(7000)
    expect(delay(0.5, 0.5)).toBe(8750)
    expect(delay(0.5, 1)).toBe(10_500)
    expect(delay(0.5, 1, 8000)).toBe(8000)
  })

  test('a maximum of 0 respawns at once', () => {
    expect(worker({ maxDelayMs: 0 }).run().endsAfter(10).phase).toBe('starting')
  })

  test('delays and windows beyond the calendar do not throw', () => {
    const forever = Number.MAX_SAFE_INTEGER
    const node = worker({ windowMs: forever, maxDelayMs: forever, delayMs: forever }).run().endsAfter(10)
    expect(node.phase).toBe('backing-off')
    expect(node.emitted('budget-changed').at(-1)?.budget).toEqual({ uses: 1, limit: 4, refillsAt: undefined })
  })
})

describe('budget', () => {
  test('scenario 19: limit 3, always fails: 1 + 3 starts, then failed', () => {
    const node = extension({ respawn: respawnPolicy({ limit: byDefault(3), onExhausted: 'fail' }) }).start()
    while (node.phase !== 'failed') {
      node.spawnFails()
      if (node.phase === 'backing-off') node.backOff()
    }
    expect(node.count('spawn')).toBe(4)
    expect(node.emitted('node-failed')[0]?.budget.uses).toBe(3)
    expect(node.end).toBeUndefined()
  })

  test('exhausted with onExhausted shutdown: the run ends with 1, too many restarts', () => {
    const node = worker({ limit: byDefault(1) })
      .run()
      .endsAfter(10)
      .backOff()
      .spawned()
      .endsAfter(10, 3)
    expect(node.end?.code).toBe(1)
    expect(node.end?.reason).toContain('too many restarts of api: 1 of 1 used in 600 s; last: exited with 3 after 0.0 s')
    expect(node.next).toEqual({ kind: 'shutdown', code: 1 })
  })

  test('scenario 18: flapping beyond the window: attempts reset', () => {
    const node = worker({ windowMs: 60_000 }).run()
    for (let death = 0; death < 20; death++) {
      node.endsAfter(60_001)
      expect(node.uses).toBe(1)
      node.spawned()
    }
    expect(node.end).toBeUndefined()
  })

  test('a start by hand of a node that is stopped does not refill it', () => {
    const node = worker().run().endsAfter(10).stop().start()
    expect([node.phase, node.uses]).toEqual(['starting', 1])
  })

  test('scenario 17: commanded stops and restarts, many times, leave it untouched', () => {
    const node = worker().run().endsAfter(10).backOff().spawned()
    for (let turn = 0; turn < 50; turn++) node.stop().exits(143).empties().start().spawned().restart().exits(143).empties().spawned()
    expect(node.uses).toBe(1)
    expect(node.phase).toBe('running')
  })

  test('a use falls out of the window exactly when refillsAt says', () => {
    const node = worker().wait(1000).run().endsAfter(10)
    expect(node.emitted('budget-changed')[0]?.budget).toEqual({ uses: 1, limit: 4, refillsAt: new Date(1010 + 600_000).toISOString() })
  })

  test('a failing spawn uses budget and opens no receipt', () => {
    const node = worker().start().spawnFails()
    expect(node.uses).toBe(1)
    expect(node.phase).toBe('backing-off')
    expect(node.count('follow-receipt')).toBe(0)
  })

  test('exit 0 of an `always` node uses budget too', () => {
    expect(extension().run().endsAfter(10_000, 0).uses).toBe(1)
  })

  test('a restart asked for during a limit stop starts at once, and the limit stop still costs its use', () => {
    const node = worker().run().wait(100_000).breaks().restart().empties()
    expect(node.phase).toBe('starting')
    expect(node.uses).toBe(1)
    expect(node.next).toEqual({ kind: 'restart' })
  })

  test('a node that failed is started by hand with a full budget, and says so', () => {
    const node = extension({ respawn: respawnPolicy({ limit: byDefault(1), onExhausted: 'fail' }) }).run()
    node.endsAfter(10).backOff().spawned().endsAfter(10)
    expect(node.phase).toBe('failed')
    node.start()
    expect(node.phase).toBe('starting')
    expect(node.emitted('budget-changed').at(-1)?.budget.uses).toBe(0)
  })
})

describe('restart policy', () => {
  test('worker on-failure: 0 ends the run with 0', () => {
    const node = worker().run().endsAfter(10, 0)
    expect(node.end?.code).toBe(0)
    expect(node.uses).toBe(0)
  })

  test('worker: 78 ends the run with 78, whatever the policy', () => {
    for (const restart of ['always', 'on-failure', 'never'] as const)
      expect(new NodeDrive({ restart }).run().endsAfter(10, 78).end?.code).toBe(78)
  })

  test('78 of an extension is a failure like any other', () => {
    const node = extension().run().endsAfter(10_000, 78)
    expect(node.end).toBeUndefined()
    expect(node.phase).toBe('starting')
  })

  test('successCodes say what is a success', () => {
    expect(new NodeDrive({ successCodes: [0, 7] }).run().endsAfter(10_000, 7).end?.code).toBe(0)
    expect(new NodeDrive({ successCodes: [7] }).run().endsAfter(10_000, 0).phase).toBe('starting')
  })

  test('an end by a signal is no success', () => {
    const node = worker().run().wait(5000)
    node.feed({ type: 'exited', exit: { code: undefined, signal: 'SIGTERM', oomKilled: false }, at: node.now }).empties()
    expect(node.phase).toBe('starting')
  })

  test('the worker of `never` ends the run: 0 after a success, 1 after a failure', () => {
    expect(new NodeDrive({ restart: 'never' }).run().endsAfter(10, 0).end?.code).toBe(0)
    expect(new NodeDrive({ restart: 'never' }).run().endsAfter(10, 5).end?.code).toBe(1)
    expect(new NodeDrive({ restart: 'never' }).start().spawnFails().end?.code).toBe(1)
  })

  test('an extension that is done stays stopped', () => {
    const node = extension({ restart: 'on-failure' }).run().endsAfter(10, 0)
    expect(node.machine.state).toEqual({ phase: 'stopped', by: 'exit' })
    expect(node.next).toEqual({ kind: 'stopped' })
    expect(node.end).toBeUndefined()
  })

  test('an extension of `never` that failed has failed', () => {
    expect(extension({ restart: 'never' }).run().endsAfter(10, 5).phase).toBe('failed')
  })
})

describe('under --compat osquery', () => {
  const osquery = (over = {}) => new NodeDrive({ restart: 'always', scope: 'process', ...over }, 'osquery')

  test('status 0 is respawned like any other', () => {
    expect(osquery().run().endsAfter(100_000, 0).phase).toBe('starting')
  })

  test('a process that lived less than RESPAWN_LIMIT seconds restarted too quickly', () => {
    expect(osquery().run().endsAfter(3999).of('arm-backoff')[0]?.delayMs).toBe(7000)
    const slow = osquery().run().endsAfter(4000)
    expect([slow.phase, slow.uses]).toEqual(['starting', 0])
  })

  test('four quick deaths in a year end the daemon: the counter never resets', () => {
    const node = osquery().run()
    for (let death = 0; death < 4; death++)
      node
        .endsAfter(10)
        .backOff()
        .spawned()
        .endsAfter(90 * 86_400_000)
        .spawned()
    expect(node.end?.code).toBe(1)
  })

  test('a stop and a start by hand do not reset it either', () => {
    expect(osquery().run().endsAfter(10).backOff().spawned().stop().empties().start().uses).toBe(1)
  })

  test('resource kills after the delay never count as quick: no back-off, no end', () => {
    const node = osquery().run()
    for (let kill = 0; kill < 100; kill++) node.wait(60_000).breaks().empties().spawned()
    expect([node.uses, node.count('arm-backoff'), node.count('spawn')]).toEqual([0, 0, 101])
  })

  test('a spawn that fails ends the run with 1', () => {
    expect(osquery().start().spawnFails().end?.code).toBe(1)
  })

  test('an extension at its limit ends the run, onExhausted or not', () => {
    const respawn = respawnPolicy({ limit: byDefault(1), onExhausted: 'fail' })
    const node = osquery({ kind: 'extension', respawn }).run().endsAfter(10).backOff().spawned().endsAfter(10)
    expect(node.end?.code).toBe(1)
  })

  test('one process that cannot be killed ends everything with 78', () => {
    expect(osquery().run().wait(60_000).breaks().sticks().end?.code).toBe(78)
  })
})
