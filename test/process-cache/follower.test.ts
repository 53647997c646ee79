import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { idOf } from './images.ts'
import { MS, type Told, World } from './world.ts'

const OK = 0
const code = (status: number): number => status << 8

/** An event of a script, and when it happened. */
type Step = readonly ['fork', number, number, bigint] | readonly ['exec', number, bigint] | readonly ['exit', number, number, bigint]

const at = (ms: number): bigint => 2000n * MS + BigInt(ms) * MS + 5n

function play(world: World, steps: readonly Step[]): void {
  for (const step of steps) {
    if (step[0] === 'fork') world.follower.fork(step[1], step[2], step[3])
    else if (step[0] === 'exec') world.follower.exec(step[1], step[2])
    else world.follower.threadEnded(step[1], step[1], step[2], step[3])
  }
}

/** What matters of what was told, in the order of time. */
const story = (told: readonly Told[]): string[] =>
  [...told]
    .sort((a, b) => (a.ktime < b.ktime ? -1 : Number(a.ktime > b.ktime)) || a.what.localeCompare(b.what))
    .map(({ what, pid, parent, status }) => `${what} ${pid} < ${parent} ${status ?? ''}`)

describe('clone, exec and exit', () => {
  test('a clone has the program of its parent and is told only at its end', () => {
    const world = new World()
    const leader = world.leader(10)
    play(world, [['fork', 10, 11, at(0)]])
    expect(world.cache.byPid(11)).toMatchObject({
      made: 'clone',
      parentExecId: leader.execId,
      ktime: 2000n * MS,
      facts: { binary: 'leader' }
    })
    world.turns(3)
    expect(world.told).toEqual([])
    play(world, [['exit', 11, code(3), at(200)]])
    world.turns(3)
    expect(world.told).toMatchObject([{ what: 'exit', pid: 11, binary: 'leader', status: '3' }])
  })

  test('the parent of an exec is the Linux parent after a clone, and the former image after an exec', () => {
    const world = new World()
    const a = world.leader(2)
    const script: Step[] = [
      ['fork', 2, 3, at(0)],
      ['exec', 3, at(20)],
      ['fork', 3, 4, at(40)],
      ['exec', 4, at(60)],
      ['exec', 4, at(80)],
      ['exec', 4, at(100)]
    ]
    play(world, script)
    const [b, c, d, e] = [idOf(3, at(20)), idOf(4, at(60)), idOf(4, at(80)), idOf(4, at(100))]
    expect(world.cache.ancestors(e, 10).map(({ execId }) => execId)).toEqual([d, c, b, a.execId])
    expect(world.cache.get(c)).toMatchObject({ parentExecId: b })
    // clone and exec leave the real parent one more; the exec after it keeps the former image
    expect(world.cache.reasonsOf(b)).toEqual(['self', c])
    expect(world.cache.reasonsOf(d)).toEqual([e])
    for (let sweep = 0; sweep < 4; sweep++) world.cache.sweep()
    expect(world.cache.ancestors(e, 10).map(({ pid }) => pid)).toEqual([4, 4, 3, 2])
  })

  test('one pid has another id after each exec, and a reused pid too', () => {
    const world = new World()
    world.leader(10)
    play(world, [
      ['fork', 10, 11, at(0)],
      ['exec', 11, at(1)],
      ['exec', 11, at(2)],
      ['exit', 11, OK, at(3)],
      ['fork', 10, 11, at(500)]
    ])
    world.turns(4)
    const ids = new Set(world.told.map(({ ktime, pid }) => `${ktime}:${pid}`))
    expect(ids.size).toBe(2)
    expect(world.cache.byPid(11)?.ktime).toBe(2500n * MS)
  })

  test('a number that is given away again at once is another process each time, in one tick or in the next', () => {
    const world = new World()
    world.leader(10)
    const script: Step[] = []
    for (const [index, ms] of [0, 3, 12, 40].entries()) {
      script.push(['fork', 10, 11, at(ms)], ['exec', 11, at(ms) + 10n], ['exit', 11, code(index), at(ms) + 20n])
    }
    play(world, script)
    world.turns(3)
    expect(world.told.filter(({ what }) => what === 'exec')).toHaveLength(4)
    expect(world.told.filter(({ what }) => what === 'exit').map(({ status }) => status)).toEqual(['0', '1', '2', '3'])
    const clones = new World()
    clones.leader(10)
    play(
      clones,
      script.filter(([what]) => what !== 'exec')
    )
    clones.turns(3)
    expect(clones.told.map(({ what, status }) => `${what} ${status}`)).toEqual(['exit 0', 'exit 1', 'exit 2', 'exit 3'])
    for (const { cache } of [world, clones]) {
      cache.sweep()
      cache.sweep()
      expect(cache.counts()).toMatchObject({ size: 1, earlyDeletions: 0 })
    }
  })

  test('what was told of another process that had the number before is not taken for its own', () => {
    const world = new World()
    world.leader(10)
    // a stranger, whose number our child has 5 ms later
    play(world, [
      ['exec', 11, at(0)],
      ['fork', 11, 12, at(1)],
      ['exit', 11, code(9), at(2)],
      ['fork', 10, 11, at(5)]
    ])
    world.turns(3)
    expect(world.told).toEqual([])
    expect([...world.follower.lives()].map(({ image }) => image.pid)).toEqual([10, 11])
    play(world, [['exit', 11, code(3), at(400)]])
    world.turns(3)
    expect(world.told).toMatchObject([{ what: 'exit', pid: 11, status: '3' }])
  })

  test('what lives long enough is told with its program, the rest as missed', () => {
    const world = new World()
    world.leader(10)
    world.alive.set(11, { startTime: 200, binary: '/bin/long', leader: 'there' })
    play(world, [
      ['fork', 10, 11, at(0)],
      ['exec', 11, at(1)],
      ['fork', 10, 12, at(2)],
      ['exec', 12, at(3)],
      ['exit', 12, OK, at(4)]
    ])
    world.turns(4)
    expect(world.told.filter(({ what }) => what === 'exec')).toMatchObject([
      { pid: 12, binary: undefined },
      { pid: 11, binary: '/bin/long' }
    ])
    expect(world.cache.byPid(12)?.facts?.flags).toEqual(['miss'])
  })

  test('a program that was read after the next exec is not believed', () => {
    const world = new World()
    world.leader(10)
    world.alive.set(11, { startTime: 200, binary: '/bin/second', leader: 'there' })
    play(world, [
      ['fork', 10, 11, at(0)],
      ['exec', 11, at(1)]
    ])
    world.now = at(2)
    world.follower.turn()
    // the second exec had happened before the look, and is heard of now
    play(world, [['exec', 11, at(2) - 1n]])
    world.now = at(3)
    world.turns(3)
    const execs = world.told.filter(({ what }) => what === 'exec')
    expect(execs).toMatchObject([
      { ktime: at(1), binary: undefined },
      { ktime: at(2) - 1n, binary: '/bin/second' }
    ])
  })

  test('a first thread that ends before the others is not the end of the process', () => {
    const world = new World()
    world.leader(10)
    world.follower.fork(10, 11, at(0))
    world.alive.set(11, { startTime: 200, binary: 'threads', leader: 'there' })
    world.follower.thread(11)
    world.follower.thread(11)
    world.alive.set(11, { startTime: 200, binary: 'threads', leader: 'ended' })
    world.follower.threadEnded(11, 11, OK, at(10))
    world.follower.threadEnded(11, 12, OK, at(20))
    world.turns(5)
    expect(world.told).toEqual([])
    world.alive.delete(11)
    world.follower.threadEnded(11, 13, code(5), at(900))
    world.turns(3)
    expect(world.told).toMatchObject([{ what: 'exit', pid: 11, status: '5' }])
    expect(world.cache.byPid(11)?.end).toMatchObject({ ktime: at(900), tid: 13 })
  })

  test('an exec of another thread ends the first one and goes on under its number', () => {
    const world = new World()
    world.leader(10)
    world.follower.fork(10, 11, at(0))
    world.alive.set(11, { startTime: 200, binary: 'threads', leader: 'there' })
    world.follower.thread(11)
    world.follower.threadEnded(11, 11, OK, at(10))
    world.follower.exec(11, at(11))
    world.turns(5)
    expect(world.told).toMatchObject([{ what: 'exec', pid: 11, ktime: at(11) }])
    world.alive.delete(11)
    world.follower.threadEnded(11, 11, code(1), at(500))
    world.turns(3)
    expect(world.told.at(-1)).toMatchObject({ what: 'exit', pid: 11, ktime: at(11), status: '1' })
  })

  test('other processes of the host leave nothing behind', () => {
    const world = new World()
    world.leader(10)
    for (let pid = 1000; pid < 3000; pid++) {
      play(world, [
        ['fork', 7, pid, at(pid)],
        ['exec', pid, at(pid + 1)],
        ['exit', pid, OK, at(pid + 2)]
      ])
      if (pid % 100 === 0) world.turns()
    }
    world.turns(3)
    expect(world.cache.counts().size).toBe(1)
    expect(world.told).toEqual([])
    expect(world.follower.failures).toEqual({ fork: 0, exec: 0, exit: 0 })
  })

  test('where all are followed, what stays unknown is counted', () => {
    const world = new World('all')
    play(world, [
      ['exec', 99, at(0)],
      ['exit', 98, OK, at(1)]
    ])
    world.turns(3)
    expect(world.follower.failures).toEqual({ fork: 0, exec: 1, exit: 1 })
  })

  test('the start time is looked up where the event may have come a tick late', () => {
    const world = new World()
    world.leader(10)
    world.alive.set(11, { startTime: 199, binary: 'x', leader: 'there' })
    // 50 microseconds after the beginning of tick 200: it was born in tick 199
    world.follower.fork(10, 11, 2000n * MS + 50_000n)
    expect(world.cache.byPid(11)).toMatchObject({ startTime: 199, ktime: 1990n * MS })
  })

  test('an exec that is told a turn after the end is still of it', () => {
    const world = new World()
    world.leader(10)
    play(world, [
      ['fork', 10, 11, at(0)],
      ['exit', 11, code(4), at(9)]
    ])
    world.turns(1)
    play(world, [['exec', 11, at(5)]])
    world.turns(2)
    expect(world.told).toMatchObject([
      { what: 'exec', pid: 11, ktime: at(5) },
      { what: 'exit', pid: 11, ktime: at(5), status: '4' }
    ])
  })

  test('what the gate of a leader executed before it was known is not told', () => {
    const world = new World()
    play(world, [['exec', 10, world.now - 5n * MS]])
    world.leader(10)
    world.turns(3)
    expect(world.told).toEqual([])
    expect(world.cache.byPid(10)?.made).toBe('found')
  })

  test('ends are looked at after a loss', () => {
    const world = new World()
    world.leader(10)
    play(world, [
      ['fork', 10, 11, at(0)],
      ['fork', 10, 12, at(1)]
    ])
    world.alive.set(11, { startTime: 200, binary: 'x', leader: 'there' })
    world.follower.doubt()
    world.turns(3)
    expect(world.told).toMatchObject([{ what: 'exit', pid: 12, status: undefined }])
    expect([...world.follower.lives()].map(({ image }) => image.pid)).toEqual([10, 11])
  })
})

describe('in whatever order it is told', () => {
  const script: readonly Step[] = [
    ['fork', 10, 11, at(0)],
    ['exec', 11, at(15)],
    ['fork', 11, 12, at(30)],
    ['exec', 12, at(45)],
    ['exit', 12, code(7), at(60)],
    ['exit', 11, OK, at(75)]
  ]

  const tell = (steps: readonly Step[]): World => {
    const world = new World()
    world.leader(10)
    play(world, steps)
    world.turns(4)
    return world
  }
  const inOrder = story(tell(script).told)

  test('in order', () => {
    expect(inOrder).toEqual([
      `exec 11 < 10:${1000n * MS} 0`,
      `exit 11 < 10:${1000n * MS} 0`,
      `exec 12 < 11:${at(15)} 7`,
      `exit 12 < 11:${at(15)} 7`
    ])
  })

  test('an exec before its parent is known, and an exit before the exec', () => {
    const [f1, e1, f2, e2, x2, x1] = script as [Step, Step, Step, Step, Step, Step]
    const world = tell([e2, f2, f1, e1, x2, x1])
    expect(world.told.filter(({ what }) => what === 'exit').map(({ pid, status }) => [pid, status])).toEqual([
      [12, '7'],
      [11, '0']
    ])
    expect(story(tell([f1, e1, f2, x2, e2, x1]).told)).toEqual(inOrder)
    expect(story(tell([f1, x1, e1]).told)).toEqual(story(tell([f1, e1, x1]).told))
    expect(world.follower.retries.exec).toBeGreaterThan(0)
  })

  test('any order of what is told of each process, told twice or not, ends with the same events', () => {
    // who made whom is told in order, as the kernel queues it before the child can run; the rest of a process in any order
    const own = fc.shuffledSubarray([...script.slice(1, 2), ...script.slice(3)], { minLength: 4, maxLength: 4 })
    fc.assert(
      fc.property(own, fc.array(fc.nat(5), { maxLength: 3 }), (shuffled, twice) => {
        const [f1, f2] = [script[0], script[2]] as [Step, Step]
        const exec11 = shuffled.findIndex((step) => step[0] === 'exec' && step[1] === 11)
        const told = [f1, ...shuffled.slice(0, exec11 + 1), f2, ...shuffled.slice(exec11 + 1)]
        const world = tell([...told, ...script.filter((_step, index) => twice.includes(index))])
        expect(story(world.told)).toEqual(inOrder)
      })
    )
  })
})

describe('after any storm', () => {
  const pid = fc.integer({ min: 10, max: 16 })
  const time = fc.integer({ min: 0, max: 3000 }).map(at)
  const event = fc.oneof(
    fc.tuple(fc.constant('fork' as const), pid, pid, time),
    fc.tuple(fc.constant('exec' as const), pid, time),
    fc.tuple(fc.constant('exit' as const), pid, fc.nat(0xffff), time)
  )
  const storm = fc.array(
    fc.oneof(
      { weight: 8, arbitrary: event },
      { weight: 2, arbitrary: fc.constant('turn' as const) },
      { weight: 1, arbitrary: fc.constantFrom('lost' as const, 'sweep' as const, 'thread' as const) }
    ),
    { maxLength: 120 }
  )

  const perform = (world: World, step: Step | 'turn' | 'lost' | 'sweep' | 'thread'): void => {
    if (step === 'turn') world.turns()
    else if (step === 'lost') world.follower.doubt()
    else if (step === 'sweep') world.cache.sweep()
    else if (step === 'thread') world.follower.thread(12)
    else play(world, [step])
  }

  test('reordered, repeated or lost: each image is told at most once, and when all has ended nothing is left after two sweeps', () => {
    fc.assert(
      fc.property(storm, fc.constantFrom('managed' as const, 'all' as const), fc.integer({ min: 3, max: 50 }), (steps, scope, capacity) => {
        const world = new World(scope, capacity)
        world.leader(10)
        for (const step of steps) perform(world, step)
        world.alive.clear()
        world.follower.doubt()
        world.turns(5)
        expect([...world.follower.lives()]).toEqual([])
        world.cache.sweep()
        world.cache.sweep()
        expect(world.cache.counts().size).toBe(0)
        const keys = world.told.map(({ what, pid, ktime }) => `${what} ${pid}:${ktime}`)
        expect(keys.filter((key) => key.startsWith('exec')).length).toBe(new Set(keys.filter((key) => key.startsWith('exec'))).size)
      }),
      { numRuns: 1500 }
    )
  })
})
