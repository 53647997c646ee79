import { expect, test } from 'vitest'
import { startedAt } from '../../src/ui/view/started.ts'
import { ago, describedNode, EPOCH, fakeNode, fakeProcess } from '../helpers/fake-session.ts'

const spare = fakeProcess(4211)
const child = fakeProcess(4219, { startTime: 900_000 })

/** Its leader waited as a spare for hours; its program runs since a minute ago. */
const node = fakeNode(describedNode('api'), [spare, child], {
  phase: { phase: 'running', leader: spare, since: ago(60), epoch: EPOCH, ready: true, containment: 'cgroup' }
})

test('the leader started when its program did, its children when the kernel says', () => {
  expect(startedAt(node, spare)).toBe(Date.parse(ago(60)))
  expect(startedAt(node, child)).toBe(EPOCH + 9_000_000)
})

test('of a process on one of several hosts the start is that of its own host', () => {
  expect(startedAt(node, { pid: child.pid, startTime: child.startTime + 3 * 2 ** 44 })).toBe(EPOCH + 9_000_000)
})

test('of a node that does not run nothing is known', () => {
  expect(startedAt(fakeNode(describedNode('api')), child)).toBeUndefined()
})
