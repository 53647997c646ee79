import { expect, test } from 'vitest'
import { createProcessTap, type TapListener } from '../../src/core/process/cache/tap.ts'

function hearing(): { readonly heard: string[]; readonly listener: TapListener } {
  const heard: string[] = []
  const note =
    (what: string) =>
    (...words: readonly unknown[]): void =>
      void heard.push([what, ...words.map((word) => (typeof word === 'object' ? 'tree' : String(word)))].join(' '))
  const listener: TapListener = {
    opened: note('opened'),
    closed: note('closed'),
    tracked: note('tracked'),
    fork: note('fork'),
    thread: note('thread'),
    exec: note('exec'),
    threadEnded: note('ended'),
    drained: note('drained')
  }
  return { heard, listener }
}

test('what was told before somebody listened is told first, in order; after he left nothing is kept', () => {
  const tap = createProcessTap('managed')
  tap.listener?.opened()
  tap.listener?.tracked({ node: 'a', leader: { pid: 1, startTime: 1 }, cookie: 'c', cgroup: undefined })
  tap.listener?.fork(1, 2, 3n)
  tap.listener?.thread(2)
  tap.listener?.exec(2, 4n)
  tap.listener?.threadEnded(2, 2, 256, 5n)
  tap.listener?.drained('complete')
  tap.listener?.closed()
  const { heard, listener } = hearing()
  tap.attach(listener)
  tap.listener?.opened()
  expect(heard).toEqual([
    'opened',
    'tracked tree',
    'fork 1 2 3',
    'thread 2',
    'exec 2 4',
    'ended 2 2 256 5',
    'drained complete',
    'closed',
    'opened'
  ])
  tap.detach()
  expect(tap.listener).toBeUndefined()
})

test('more than is kept is a loss', () => {
  const tap = createProcessTap('managed')
  for (let pid = 0; pid < 60_000; pid++) tap.listener?.exec(pid, 1n)
  const { heard, listener } = hearing()
  tap.attach(listener)
  expect(heard).toHaveLength(50_001)
  expect(heard.at(-1)).toBe('drained lost')
})
