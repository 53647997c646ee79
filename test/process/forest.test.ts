import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createForest } from '../../src/core/process/forest.ts'
import { type Member, newMember } from '../../src/core/process/member.ts'
import type { ProcessSample } from '../../src/core/process/sample.ts'
import { parseUsageUsec, treeOrder } from '../../src/core/process/tree-report.ts'

function made(facts: Partial<ProcessSample> & { pid: number }, node: string | undefined = 'worker'): Member {
  const sample: ProcessSample = {
    startTime: 1,
    execId: '',
    ppid: 1,
    pgid: facts.pid,
    sid: facts.pid,
    state: 'S',
    comm: 'a',
    command: 'a',
    threads: 1,
    cpuMs: 0,
    rssBytes: 0,
    ...facts
  }
  return newMember('/proc', { sample, startStack: 0 }, node, 0)
}

const tree = (node: string, pid: number) => ({ node, leader: { pid, startTime: 1 }, cookie: node, cgroup: undefined })

describe('the forest', () => {
  test('knows kin by session and group, but not by those of the supervisor', () => {
    const forest = createForest([50, 51])
    forest.plant(tree('worker', 100))
    forest.admit(made({ pid: 100, sid: 50, pgid: 100 }))
    expect(forest.kin(1, 100)).toBe('worker')
    expect(forest.kin(50, 51)).toBeUndefined()
    // another tree takes over the number
    forest.plant(tree('other', 100))
    forest.admit(made({ pid: 100, sid: 100, pgid: 100, startTime: 2 }, 'other'))
    expect(forest.kin(1, 100)).toBe('other')
    forest.fell('other')
    expect(forest.kin(1, 100)).toBeUndefined()
  })

  test('keeps what is left of a felled tree as strays', () => {
    const forest = createForest([])
    forest.plant(tree('worker', 100))
    const member = made({ pid: 100 })
    forest.admit(member)
    forest.fell('worker')
    expect([...forest.strays]).toEqual([member])
    expect(forest.find(member)).toBe(member)
    forest.plant(tree('later', 100))
    forest.move(member, 'later')
    expect(forest.strays.size).toBe(0)
    expect(forest.trees.get('later')?.members.has(member)).toBe(true)
    forest.remove(member)
    expect(forest.find(member)).toBeUndefined()
    expect(forest.trees.get('later')?.members.size).toBe(0)
  })

  test('keeps the last figure of a leader that left', () => {
    const forest = createForest([])
    const planted = forest.plant(tree('worker', 100))
    const leader = made({ pid: 100, cpuMs: 42 })
    forest.admit(leader)
    forest.remove(leader)
    expect(planted.leaderCpuMs).toBe(42)
  })
})

describe('the order of a tree', () => {
  test('is leader first and parents before children, whatever the pids and parents are', () => {
    const parents = fc.array(fc.record({ pid: fc.integer({ min: 1, max: 30 }), ppid: fc.integer({ min: 0, max: 30 }) }), {
      minLength: 1,
      maxLength: 30
    })
    fc.assert(
      fc.property(parents, (processes) => {
        const members = [...new Map(processes.map((process) => [process.pid, made(process)])).values()]
        const leader = members[0]
        const order = treeOrder(leader, members)
        expect(order[0]).toBe(leader)
        expect(new Set(order)).toEqual(new Set(members))
        expect(order).toHaveLength(members.length)
      })
    )
  })

  test('goes down before it goes on', () => {
    const [leader, child, grandchild, other] = [
      made({ pid: 5 }),
      made({ pid: 9, ppid: 5 }),
      made({ pid: 2, ppid: 9 }),
      made({ pid: 3, ppid: 1 })
    ]
    const second = made({ pid: 10, ppid: 5 })
    expect(treeOrder(leader, [other, second, grandchild, child, leader]).map((member) => member.pid)).toEqual([5, 10, 9, 2, 3])
  })

  test('copes with 200,000 children of one parent', () => {
    const members = [made({ pid: 1 })]
    for (let pid = 2; pid <= 200_000; pid++) members.push(made({ pid, ppid: 1 }))
    expect(treeOrder(members[0], members)).toHaveLength(200_000)
  })
})

test('usage_usec of cpu.stat', () => {
  expect(parseUsageUsec('usage_usec 1234\nuser_usec 1000\n')).toBe(1234)
  expect(parseUsageUsec('user_usec 1000\n')).toBeUndefined()
})
