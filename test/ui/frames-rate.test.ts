import { expect, test } from 'vitest'
import { createStore } from 'zustand/vanilla'
import { failure, success } from '../../src/core/errors.ts'
import type { Ask } from '../../src/core/queries.ts'
import { createFactsBook } from '../../src/ui/facts.ts'
import { createFeed } from '../../src/ui/feed.ts'
import { createFrames } from '../../src/ui/frames.ts'
import { toClipboard } from '../../src/ui/output/clipboard.ts'
import { parseFilter } from '../../src/ui/view/filter.ts'
import { initialView } from '../../src/ui/view/state.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { createFakeSession } from '../helpers/fake-session.ts'
import { waitUntil } from '../helpers/wait-until.ts'

const tick = () => new Promise((resolve) => setImmediate(resolve))

function started(isNews?: () => boolean) {
  const clock = new FakeClock()
  const view = createStore(() => initialView({ columns: 80, rows: 24 }))
  const feed = createFeed(createFakeSession(), clock, view)
  const frames = createFrames(view, feed.shown, clock, isNews)
  let drawn = 0
  frames.frame.subscribe(() => drawn++)
  return { clock, view, feed, frames, drawn: () => drawn }
}

test('a key and the data that it asks for are one frame, drawn at once', async () => {
  const { view, feed, frames, drawn } = started()
  view.setState({ top: 1 })
  feed.refresh()
  await tick()
  expect(drawn()).toBe(1)
  expect(frames.frame.getState().view.top).toBe(1)
  expect(frames.frame.getState().shown).toBe(feed.shown.getState())
})

test('at most thirty frames a second, and the last state is always drawn', async () => {
  const { clock, view, frames, drawn } = started()
  for (let key = 1; key <= 500; key++) {
    view.setState({ top: key })
    await tick()
    clock.advance(2)
  }
  clock.advance(100)
  expect(drawn()).toBeGreaterThan(20)
  expect(drawn()).toBeLessThanOrEqual(31)
  expect(frames.frame.getState().view.top).toBe(500)
})

test('what is no news is not drawn; closed, nothing is', async () => {
  const quiet = started(() => false)
  quiet.view.setState({ top: 1 })
  await tick()
  expect(quiet.drawn()).toBe(0)
  const closed = started()
  closed.view.setState({ top: 1 })
  closed.frames.close()
  closed.view.setState({ top: 2 })
  await tick()
  closed.feed.close()
  expect([closed.drawn(), closed.clock.pending]).toEqual([0, 0])
})

const target = (pid: number) => ({ pid, startTime: pid })

test('facts: each process is asked for once, a few at a time, and what cannot be seen is unknown', async () => {
  const asked: number[] = []
  let [now, most] = [0, 0]
  const ask = (async (query: { target: { pid: number } }) => {
    asked.push(query.target.pid)
    most = Math.max(most, ++now)
    await tick()
    now--
    return query.target.pid === 7
      ? failure('gone', 'it has ended')
      : success({ uid: query.target.pid % 3, binary: '/bin/x', container: undefined })
  }) as unknown as Ask
  let learned = 0
  const book = createFactsBook(ask, () => learned++)
  const before = book.known()
  const processes = Array.from({ length: 200 }, (_, index) => target(index))
  book.want(processes)
  book.want(processes)
  await waitUntil(() => learned > 0, 'all answers')
  expect(asked.toSorted((a, b) => a - b)).toEqual(processes.map(({ pid }) => pid))
  expect(most).toBeLessThanOrEqual(32)
  expect(book.known()).not.toBe(before)
  expect(book.known()).toBe(book.known())
  expect(book.known().get('7:7')).toEqual({ uid: undefined, binary: undefined, container: undefined })
  expect(book.known().get('8:8')?.uid).toBe(2)
})

test('facts are asked for only while a filter is about them', async () => {
  const asked: unknown[] = []
  const ask = (async (query: object) => {
    asked.push(query)
    return failure('gone', 'no')
  }) as unknown as Ask
  const clock = new FakeClock()
  const view = createStore(() => initialView({ columns: 80, rows: 24 }))
  const feed = createFeed(createFakeSession(undefined, undefined, ask), clock, view)
  feed.refresh()
  view.setState({ filter: parseFilter('chrome') })
  feed.refresh()
  expect(asked).toEqual([])
  view.setState({ filter: parseFilter('uid:33') })
  feed.refresh()
  expect(asked).toHaveLength(3)
  await tick()
  feed.refresh()
  expect(asked).toHaveLength(3)
  feed.close()
})

test('the clipboard: base64 in OSC 52, and past tmux where that is between', () => {
  expect(toClipboard('é\x1b', false)).toBe('\x1b]52;c;w6kb\x07')
  expect(toClipboard('a', true)).toBe('\x1b]52;c;YQ==\x07\x1bPtmux;\x1b\x1b]52;c;YQ==\x07\x1b\\')
})
