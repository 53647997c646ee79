import { describe, expect, it } from 'vitest'
import { ancestorsOf, type OwnPlace, whyUntouchable } from '../../src/core/checks/untouchable.ts'

// Decisions alone: a rule wide enough to match a supervisor, tried out for real, would end what others run on this machine.
const own: OwnPlace = {
  pid: 500,
  ancestors: [
    { pid: 400, startTime: 40 },
    { pid: 1, startTime: 1 }
  ],
  isGuardian: (pid) => pid === 501
}

const target = (pid: number, startTime = 1000, isKernel = false) => ({ pid, startTime, isKernel })

describe('what no rule may have ended', () => {
  it.each([
    ['process 1', target(1), 'it is process 1'],
    ['a kernel thread', target(77, 2, true), 'it is a kernel thread'],
    ['the supervisor', target(500), 'it is the supervisor'],
    ['an ancestor', target(400, 40), 'it is an ancestor of the supervisor'],
    ['the guardian', target(501), "it is the supervisor's guardian"]
  ])('%s', (_who, process, why) => expect(whyUntouchable(process, own)).toBe(why))

  it('is nobody else, not even who has the number of an ancestor by now', () => {
    expect(whyUntouchable(target(600), own)).toBeUndefined()
    expect(whyUntouchable(target(400, 41), own)).toBeUndefined()
  })

  it('are all parents, up to the first or to one that cannot be seen', () => {
    const table: Record<number, { startTime: number; ppid: number }> = {
      9: { startTime: 90, ppid: 5 },
      5: { startTime: 50, ppid: 1 },
      1: { startTime: 1, ppid: 0 },
      8: { startTime: 80, ppid: 7 }
    }
    const look = (pid: number) => table[pid]
    expect(ancestorsOf(9, look)).toEqual([
      { pid: 5, startTime: 50 },
      { pid: 1, startTime: 1 }
    ])
    expect(ancestorsOf(8, look)).toEqual([])
    expect(ancestorsOf(process.pid, look)).toEqual([])
  })

  it('does not go round in circles', () => {
    expect(ancestorsOf(2, (pid) => ({ startTime: pid, ppid: pid === 2 ? 3 : 2 }))).toHaveLength(4096)
  })
})
