import { afterEach, describe, expect, test } from 'vitest'
import { libc } from '../../src/core/linux/libc.ts'
import type { Signaller } from '../../src/core/ports.ts'
import { createSignaller } from '../../src/core/stop/signal.ts'
import { membersOf, sampleOf } from '../helpers/members.ts'
import { fixture } from '../helpers/node-settings.ts'
import { isAlive, statFields } from '../helpers/processes.ts'
import { Spawning } from '../helpers/spawning.ts'
import { stopPlan, stopping } from '../helpers/stopping.ts'
import { waitUntil } from '../helpers/wait-until.ts'

let spawning = new Spawning()
afterEach(async () => {
  await spawning.cleanUp()
  spawning = new Spawning()
})

const run = async (...argv: [string, ...string[]]) => {
  const spawned = await spawning.run({ argv: [fixture(argv[0]), ...argv.slice(1)] })
  const words = await spawned.line('ready')
  return Object.assign(spawned, { pids: words.slice(1).map(Number) })
}

/** As on a kernel that cannot signal a group through a pidfd. */
const withoutGroups = (): Signaller => ({ ...createSignaller(), signalGroup: () => undefined })

describe.each([
  ['group signals', createSignaller],
  ['no group signals', withoutGroups]
] as const)('with %s', (name, signaller) => {
  const grouped = name === 'group signals'
  // without native calls, a group is reached only as long as its leader is there
  const afterLeader = grouped && libc() !== undefined

  test('a tree that ends at the stop signal gets nothing else, and the ladder ends with it', async () => {
    const child = await run('exit-on-request.sh')
    const stop = stopping(spawning, child, signaller())
    const end = await stop.run(stopPlan({ terminate: { signal: 'SIGTERM', graceMs: 20_000 } })).done
    expect(end).toMatchObject({ stuck: false, refused: [] })
    expect(end.durationMs).toBeLessThan(10_000)
    expect(stop.sent()[0]).toBe(grouped ? 'SIGTERM group sent' : 'SIGTERM leader sent')
    expect(stop.sent().some((line) => line.startsWith('SIGKILL'))).toBe(false)
    expect((await child.exit).code).toBe(0)
  })

  test('scenario 9: the leader ends, its child does not: SIGKILL at the deadline, and only then it is over', async () => {
    const child = await run('term-immune-child.sh')
    const [, immune = 0] = child.pids
    const stop = stopping(spawning, child, signaller())
    const ladder = stop.run(stopPlan({ terminate: { signal: 'SIGTERM', graceMs: 1500 } }))
    expect((await child.exit).code).toBe(0)
    expect(sampleOf(immune)).toBeDefined()
    const end = await ladder.done
    expect(sampleOf(immune)).toBeUndefined()
    expect(spawning.processes.alive()).toEqual([])
    expect(end.durationMs).toBeGreaterThanOrEqual(1500)
    expect(end.durationMs).toBeLessThan(10_000)
    expect(stop.sent().some((line) => line === (afterLeader ? 'SIGKILL group sent' : 'SIGKILL member sent'))).toBe(true)
    expect(stop.stuck).toEqual([])
  })

  test('scenario 10: a child in a session of its own gets the signals as a member, and is killed', async () => {
    const child = await run('orphan-maker.py')
    const [, orphan] = child.pids
    const stop = stopping(spawning, child, signaller())
    await stop.run(stopPlan()).done
    expect(spawning.processes.alive()).toEqual([])
    expect(stop.records.filter(({ pid, signal }) => pid === orphan && signal !== 'SIGCONT')).toMatchObject([
      { signal: 'SIGTERM', target: 'member', outcome: 'sent' },
      { signal: 'SIGKILL', target: 'member', outcome: 'sent' }
    ])
  })

  test('a stopped process sees the signal, because it is woken; without waking it would not', async () => {
    const child = await run('report-usr1.py')
    process.kill(child.child.leader.pid, 'SIGSTOP')
    await waitUntil(() => statFields(child.child.leader.pid)?.state === 'T', 'the stop')
    const stop = stopping(spawning, child, signaller())
    const plan = stopPlan({ terminate: { signal: 'SIGTERM', graceMs: 20_000 } })
    await stop.run(plan).done
    expect(await child.exit).toMatchObject({ code: 143 })
    expect(stop.records.map(({ signal }) => signal)).toEqual(['SIGTERM', 'SIGCONT'])

    const control = await run('report-usr1.py')
    process.kill(control.child.leader.pid, 'SIGSTOP')
    await waitUntil(() => statFields(control.child.leader.pid)?.state === 'T', 'the stop')
    const unwoken = stopping(spawning, control, signaller())
    await unwoken.run({ ...plan, wake: false, terminate: { signal: 'SIGTERM', graceMs: 300 } }).done
    expect(await control.exit).toMatchObject({ signal: 'SIGKILL' })
  })
})

test('scenario 4: the leader ignores SIGUSR1, its child does not: a group signal reaches the child', async () => {
  const child = await run('usr1-in-child-only.sh')
  const stop = stopping(spawning, child)
  const ladder = stop.run(stopPlan({ terminate: { signal: 'SIGUSR1', graceMs: 20_000 } }))
  await child.line('child ended with 138')
  expect(isAlive(child.child.leader)).toBe(true)
  ladder.escalate()
  await ladder.done
  expect(spawning.processes.alive()).toEqual([])
})

test('scenario 11: a program that ignores SIGTERM and writes on is killed on time', async () => {
  const child = await run('line-flood.py', 'immune')
  const stop = stopping(spawning, child)
  const end = await stop.run(stopPlan({ terminate: { signal: 'SIGTERM', graceMs: 500 } })).done
  expect(end.durationMs).toBeGreaterThanOrEqual(500)
  expect(end.durationMs).toBeLessThan(10_000)
  expect(await child.exit).toMatchObject({ signal: 'SIGKILL' })
  await waitUntil(() => child.dropped > 0, 'the count of dropped lines')
})

test('a storm of forks that ignores SIGTERM is killed to the last one', async () => {
  const child = await run('fork-storm.py', '20')
  const stop = stopping(spawning, child)
  const { done } = stop.run(stopPlan({ terminate: { signal: 'SIGTERM', graceMs: 200 } }))
  await done
  expect(spawning.processes.alive()).toEqual([])
  expect(stop.records.length).toBeLessThan(1000)
})

test('escalate kills at once, and so does a plan without a stop signal', async () => {
  const slow = await run('ignore-sigterm.sh')
  const stop = stopping(spawning, slow)
  const ladder = stop.run(stopPlan({ terminate: { signal: 'SIGTERM', graceMs: 600_000 } }))
  await waitUntil(() => stop.records.length > 0, 'the first signal')
  ladder.escalate()
  await ladder.done
  expect(await slow.exit).toMatchObject({ signal: 'SIGKILL' })

  const forced = await run('ignore-sigterm.sh')
  const force = stopping(spawning, forced)
  await force.run(stopPlan({ terminate: undefined })).done
  expect(force.sent().filter((line) => !line.startsWith('SIGKILL'))).toEqual([])
})

test('the warning goes to the leader first, or the receipt says why not', async () => {
  const child = await run('report-usr1.py')
  const stop = stopping(spawning, child)
  await stop.run(stopPlan({ warn: { kind: 'send', signal: 'SIGUSR1' }, terminate: { signal: 'SIGTERM', graceMs: 20_000 } })).done
  await child.line('got SIGUSR1')
  await child.line('got SIGTERM')
  expect(stop.sent()).toEqual(['SIGUSR1 leader sent', 'SIGTERM group sent'])

  const other = await run('exit-on-request.sh')
  const left = stopping(spawning, other)
  await left.run(stopPlan({ warn: { kind: 'left-out', signal: 'SIGUSR1', reason: 'it would end it' } })).done
  expect(left.records[0]).toMatchObject({ signal: 'SIGUSR1', outcome: 'left-out', detail: 'it would end it' })
})

test('scope process: the leader alone is signalled, and its end is the end', async () => {
  const child = await run('term-immune-child.sh')
  const stop = stopping(spawning, child, withoutGroups())
  await stop.run(stopPlan({ scope: 'process', wake: false, terminate: { signal: 'SIGTERM', graceMs: 20_000 } })).done
  expect(stop.sent()).toEqual(['SIGTERM leader sent'])
  expect(spawning.processes.alive().length).toBeGreaterThan(0)
})

test('what may not be signalled is left alone, and said; the rest is stopped', async () => {
  const child = await run('orphan-maker.py')
  const [, orphan] = child.pids
  const stop = stopping(spawning, child)
  const end = await stop.run(stopPlan(), { authority: ({ pid }) => pid !== orphan }).done
  expect(end.refused.map(({ pid }) => pid)).toEqual([orphan])
  expect(spawning.processes.alive().map(({ pid }) => pid)).toEqual([orphan])
  expect(stop.records.filter(({ pid }) => pid === orphan)).toMatchObject([{ outcome: 'denied', detail: expect.any(String) }])
})

test('without authority over a member of the group, the group is not signalled as one', async () => {
  const child = await run('term-immune-child.sh')
  const [, immune] = child.pids
  const stop = stopping(spawning, child)
  await stop.run(stopPlan(), { authority: ({ pid }) => pid === child.child.leader.pid }).done
  expect(stop.records.some(({ target }) => target === 'group')).toBe(false)
  expect(sampleOf(immune ?? 0)).toBeDefined()
})

test('survivors of SIGKILL are reported once, at the limit, and the ladder goes on until they are gone', async () => {
  const child = await run('ignore-sigterm.sh')
  const real = createSignaller()
  let deaf = true
  // a process in an uninterruptible sleep takes no SIGKILL until it wakes up; such a one cannot be made at will
  const signaller: Signaller = {
    ...real,
    signalGroup: () => undefined,
    signal: (target, signal) => (deaf ? 'sent' : real.signal(target, signal))
  }
  const stop = stopping(spawning, child, signaller)
  const ladder = stop.run(stopPlan({ terminate: undefined, killLimitMs: 300 }))
  await waitUntil(() => stop.stuck.length > 0, 'the report')
  expect(stop.stuck[0]?.map(({ pid }) => pid)).toContain(child.child.leader.pid)
  deaf = false
  expect(await ladder.done).toMatchObject({ stuck: true })
  expect(stop.stuck).toHaveLength(1)
  expect(spawning.processes.alive()).toEqual([])
})

test('scenario 24: a member whose pid was given to another process is left alone', async () => {
  const child = await run('exit-on-request.sh')
  const stranger = await run('ignore-sigterm.sh')
  const members = membersOf(spawning.processes, child.child.leader.pid)
  const stop = stopping(spawning, child, withoutGroups())
  const tree = async () => {
    const own = (await members()).filter(({ sid }) => sid === child.child.leader.pid)
    const now = sampleOf(stranger.child.leader.pid)
    return own.length === 0 || now === undefined ? [] : [...own, { ...now, startTime: now.startTime - 1 }]
  }
  await stop.run(stopPlan(), { members: tree }).done
  expect(stop.records.filter(({ pid }) => pid === stranger.child.leader.pid)[0]).toMatchObject({
    outcome: 'recycled',
    detail: expect.stringContaining('nothing was sent')
  })
  expect(isAlive(stranger.child.leader)).toBe(true)
})

test('an empty tree needs no signal', async () => {
  const spawned = await spawning.run({ argv: ['true'] })
  await spawned.exit
  const stop = stopping(spawning, spawned)
  expect(await stop.run(stopPlan()).done).toMatchObject({ stuck: false, refused: [] })
  expect(stop.records).toEqual([])
})
