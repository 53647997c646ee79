import { describe, expect, test } from 'vitest'
import type { ProcessConnector } from '../../src/core/linux/process-connector.ts'
import type { ProcessEvents } from '../../src/core/linux/process-events.ts'
import { createForest, type Forest } from '../../src/core/process/forest.ts'
import { createForkFeed } from '../../src/core/process/fork-feed.ts'
import { type Member, newMember } from '../../src/core/process/member.ts'
import type { ProcessSample } from '../../src/core/process/sample.ts'

type Told = (events: ProcessEvents) => void

/** A connector that tells what the test says; 10 ms a tick, both clocks the same. */
function feedOf(forest: Forest) {
  const queue: Told[] = []
  let outcome: 'complete' | 'lost' = 'complete'
  const connector: ProcessConnector = {
    drain(events) {
      for (const tell of queue.splice(0)) tell(events)
      return outcome
    },
    close: () => undefined
  }
  const replaced: number[] = []
  const ended: number[] = []
  const feed = createForkFeed({
    connector,
    forest,
    toKtime: (stamp) => stamp,
    ktimeOf: (startTime) => BigInt(startTime) * 10_000_000n,
    onReplaced: (member) => {
      replaced.push(member.pid)
      forest.remove(member)
    },
    onExit: (member) => void ended.push(member.pid)
  })
  return {
    feed,
    replaced,
    ended,
    say: (...tell: Told[]) => {
      queue.push(...tell)
      return feed.drain()
    },
    lose: () => {
      outcome = 'lost'
    }
  }
}

const second = 1_000_000_000n
const fork =
  (parent: number, child: number, stamp = second): Told =>
  (events) =>
    events.fork(parent, child, stamp)
const exit =
  (pid: number, status = 0): Told =>
  (events) =>
    events.exit(pid, status, second)

function member(forest: Forest, pid: number, startTime = 100, node = 'worker'): Member {
  const sample: ProcessSample = {
    pid,
    startTime,
    execId: '',
    ppid: 1,
    pgid: pid,
    sid: pid,
    state: 'S',
    comm: 'a',
    command: 'a',
    threads: 1,
    cpuMs: 0,
    rssBytes: 0
  }
  const made = newMember('/proc', { sample, startStack: 1 }, node, 0)
  forest.admit(made)
  return made
}

function forestWith(pid: number): Forest {
  const forest = createForest([])
  forest.plant({ node: 'worker', leader: { pid, startTime: 100 }, cookie: 'c', cgroup: undefined })
  member(forest, pid)
  return forest
}

describe('process events', () => {
  test('of other processes leave nothing behind', () => {
    const { feed, say } = feedOf(forestWith(100))
    for (let pid = 1000; pid < 2000; pid++) say(fork(7, pid), (events) => events.exec(pid, second), exit(pid))
    expect(feed.newcomers.size).toBe(0)
    expect(feed.nodeOf(1500)).toBeUndefined()
  })

  test('make a child of a child a newcomer of the tree, even when the one between is gone', () => {
    const forest = forestWith(100)
    const { feed, say } = feedOf(forest)
    say(fork(100, 101), fork(101, 102), exit(101), fork(102, 103))
    expect([...feed.newcomers.keys()]).toEqual([102, 103])
    expect(feed.nodeOf(103)).toBe('worker')
    expect(feed.nodeOf(101)).toBe('worker')
    expect(forest.members.get(100)?.parenthood).toBe(true)
    expect(feed.newcomers.get(102)?.parenthood).toBe(true)
    expect(feed.newcomers.get(103)?.parenthood).toBe(false)
  })

  test('that come after a look which found the process ended still tell of its children', () => {
    const { feed, say } = feedOf(forestWith(100))
    say(fork(100, 101))
    const newcomer = feed.newcomers.get(101)
    if (newcomer === undefined) throw new Error('no newcomer')
    feed.looked(newcomer, 'ended')
    say(fork(101, 102), exit(101))
    expect([...feed.newcomers.keys()]).toEqual([102])
  })

  test('remember for a moment whose a process was that lived too short to be looked at', () => {
    const { feed, say } = feedOf(forestWith(100))
    say(fork(100, 101), exit(101))
    expect(feed.nodeOf(101)).toBe('worker')
    say()
    expect(feed.nodeOf(101)).toBe('worker')
    say()
    expect(feed.nodeOf(101)).toBeUndefined()
  })

  test('show that the pid of a member was given to another process', () => {
    const forest = forestWith(100)
    const { feed, say, replaced } = feedOf(forest)
    // its own birth, told late: start time 100 is 1 s
    say(fork(7, 100, second + 5_000_000n))
    expect(replaced).toEqual([])
    say(fork(7, 100, 9n * second), fork(100, 555, 10n * second))
    expect(replaced).toEqual([100])
    expect(feed.newcomers.size).toBe(0)
  })

  test('keep a newcomer whose first thread ends before the others', () => {
    const { feed, say } = feedOf(forestWith(100))
    say(fork(100, 101), (events) => events.thread(101), exit(101))
    expect([...feed.newcomers.keys()]).toEqual([101])
  })

  test('renew the image of a member, and tell its end', () => {
    const forest = forestWith(100)
    const { say, ended } = feedOf(forest)
    say((events) => events.exec(100, 77n), exit(100, 9))
    expect(forest.members.get(100)).toMatchObject({ image: 'replaced', execKtime: 77n, exitHint: { signal: 'SIGKILL' } })
    expect(ended).toEqual([100])
  })

  test('that were lost are said to be lost, and what waited for them is let go', () => {
    const { feed, say, lose } = feedOf(forestWith(100))
    expect(say(fork(100, 101))).toBe('complete')
    const newcomer = feed.newcomers.get(101)
    if (newcomer !== undefined) feed.looked(newcomer, 'ended')
    lose()
    expect(say()).toBe('lost')
    expect(feed.newcomers.size).toBe(0)
  })

  test('age newcomers by one at each drain', () => {
    const { feed, say } = feedOf(forestWith(100))
    say(fork(100, 101))
    expect(feed.newcomers.get(101)?.age).toBe(0)
    say()
    expect(feed.newcomers.get(101)?.age).toBe(1)
  })
})
