import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parsePsList } from '../../src/core/process/ps-lines.ts'

test('a child whose pid is lower than that of its parent is listed, too', () => {
  const output =
    '   PPID     PID STAT COMMAND\n      0       1 Ss   init\n  32000      12 S    wrapped around\n      1   32000 Sl+  parent\n  32000   32001 Z    <defunct>\n'
  expect(parsePsList(output)).toEqual([
    { ppid: 0, pid: 1, state: 'S', comm: 'init' },
    { ppid: 32_000, pid: 12, state: 'S', comm: 'wrapped around' },
    { ppid: 1, pid: 32_000, state: 'S', comm: 'parent' },
    { ppid: 32_000, pid: 32_001, state: 'Z', comm: '<defunct>' }
  ])
})

test('whatever comes, there are only processes in it, and nothing is thrown', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (output) => {
      for (const { pid, ppid } of parsePsList(output)) expect([pid, ppid].every((number) => number >= 0)).toBe(true)
    })
  )
})
